#include "dicom/shown_syntax.h"

#include <algorithm>
#include <limits>

#include "dicom/part10.h"

namespace dmw::dicom {
namespace {

/// Gives out at most what the head has.
auto peek_into(ByteView head) {
  return [head](std::uint64_t offset, std::size_t count) {
    const bool there = offset <= head.size() && head.size() - offset >= count;
    return there ? head.data() + offset : nullptr;
  };
}

/// What says that it is deflated is not, if elements stand there as they are.
bool shows_elements(ByteView first, std::uint64_t available) {
  if (!plausible(first, available)) return false;
  for (const Encoding encoding : {Encoding{}, Encoding{.implicit = true}, Encoding{.big_endian = true}}) {
    if (elements_in_a_row(0, available, available, encoding, peek_into(first)) >= proof_of_another) return true;
  }
  return false;
}

/// Whether readers of a file that has these behind its meta no longer find the data set.
bool mislead(const LeftOvers& rest, Encoding encoding) {
  if (!rest.any) return false;
  if (encoding.big_endian || (encoding.implicit ? rest.is_explicit : rest.is_implicit)) return true;
  return is_deflated(rest.transfer_syntax) || declared_encoding(rest.transfer_syntax).big_endian;
}

}  // namespace

bool plausible(ByteView first, std::uint64_t available) {
  if (first.size() < 8) return false;
  for (const bool big : {false, true}) {
    const std::uint16_t in_group = group(load_tag(first.data(), big));
    const bool is_explicit = load_vr(first.data() + 4) != Vr::none;
    if (in_group == 0x0008 && (is_explicit || load<std::uint32_t>(first.data() + 4, big) <= available - 8)) return true;
    if (is_explicit && (in_group == 0x0004 || in_group == 0x0010 || in_group == 0x0018 || in_group == 0x0020))
      return true;
  }
  return false;
}

std::optional<Encoding> encoding_shown(ByteView first, std::uint64_t available, std::string_view transfer_syntax) {
  if (is_deflated(transfer_syntax) && !shows_elements(first, available)) return std::nullopt;
  const unsigned proof = transfer_syntax.empty() ? 1 : proof_of_another;
  return recognised(0, available, declared_encoding(transfer_syntax), true, proof, peek_into(first));
}

ShownSyntax shown_syntax(ByteView beginning, bool is_all, std::string_view agreed) {
  const LeftOvers rest = left_overs(beginning, 0);
  const ByteView first = beginning.subspan(std::min(rest.end, beginning.size()));
  const std::uint64_t available = is_all ? first.size() : std::numeric_limits<std::uint32_t>::max();
  const std::optional<Encoding> found = encoding_shown(first, available, agreed);
  if (!found) return {.transfer_syntax = agreed};
  ShownSyntax shown{.transfer_syntax = agreed, .is_misleading = mislead(rest, *found)};
  const bool differs = *found != declared_encoding(agreed) || is_deflated(agreed);
  if (differs && pixel_form(agreed) == PixelForm::native && !syntax_of(*found).empty())
    shown.transfer_syntax = syntax_of(*found);
  return shown;
}

}  // namespace dmw::dicom
