#include "dicom/encoding.h"

#include <algorithm>

namespace dmw::dicom {

Encoding recognised(ByteView first, std::uint64_t available, Encoding declared, bool endian_too) {
  Encoding found = declared;
  const std::byte* const at = first.data();
  if (group(load_tag(at, declared.big_endian)) == 0xFFFE) return declared;
  if (endian_too) {
    // No group above 00FF begins a dataset, and every one below it looks larger in the wrong byte order.
    const auto little = load<std::uint16_t>(at, false);
    const auto big = load<std::uint16_t>(at, true);
    if (little != big && std::min(little, big) < 0x100) found.big_endian = big < little;
  }
  const Vr vr = load_vr(at + 4);
  if (vr == Vr::none) {
    // A heading of zeros or of an odd VR says nothing; a length that fits says implicit.
    const auto length = load<std::uint32_t>(at + 4, found.big_endian);
    if (length == undefined_length || length <= available - 8) found.implicit = true;
  } else if (declared.implicit) {
    const bool fits = has_long_form(vr) || load<std::uint16_t>(at + 6, found.big_endian) <= available - 8;
    if (fits) found.implicit = false;
  }
  return found;
}

Encoding declared_encoding(std::string_view transfer_syntax) {
  return {.implicit = transfer_syntax == "1.2.840.10008.1.2" || transfer_syntax == "1.2.840.113619.5.2",
          .big_endian = transfer_syntax == "1.2.840.10008.1.2.2"};
}

bool is_deflated(std::string_view transfer_syntax) {
  return transfer_syntax == "1.2.840.10008.1.2.1.99" || transfer_syntax == "1.2.840.10008.1.2.4.95" ||
         transfer_syntax == "1.2.840.10008.1.2.4.205";
}

}  // namespace dmw::dicom
