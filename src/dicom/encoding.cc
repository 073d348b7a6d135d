#include "dicom/encoding.h"

#include <array>

namespace dmw::dicom {
namespace {

constexpr std::string_view implicit_little_uid = "1.2.840.10008.1.2";
constexpr std::string_view explicit_little_uid = "1.2.840.10008.1.2.1";
constexpr std::string_view deflated_uid = "1.2.840.10008.1.2.1.99";
constexpr std::string_view explicit_big_uid = "1.2.840.10008.1.2.2";
/// Those whose pixels a provider has (PS3.5 §A.6, §A.7): their Pixel Data, if any, follows no rule.
constexpr std::array<std::string_view, 4> referenced = {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95",
                                                        "1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205"};

}  // namespace

PixelForm pixel_form(std::string_view transfer_syntax) {
  if (transfer_syntax == implicit_little_uid || transfer_syntax == explicit_little_uid ||
      transfer_syntax == deflated_uid || transfer_syntax == explicit_big_uid)
    return PixelForm::native;
  if (std::ranges::find(referenced, transfer_syntax) != referenced.end()) return PixelForm::unknown;
  const bool encapsulated = transfer_syntax.starts_with("1.2.840.10008.1.2.4.") ||
                            transfer_syntax.starts_with("1.2.840.10008.1.2.8.") ||
                            transfer_syntax == "1.2.840.10008.1.2.5" || transfer_syntax == "1.2.840.10008.1.2.1.98";
  return encapsulated ? PixelForm::encapsulated : PixelForm::unknown;
}

std::string_view syntax_of(Encoding encoding) {
  if (encoding.implicit) return encoding.big_endian ? std::string_view() : implicit_little_uid;
  return encoding.big_endian ? explicit_big_uid : explicit_little_uid;
}

Encoding declared_encoding(std::string_view transfer_syntax) {
  return {.implicit = transfer_syntax == implicit_little_uid || transfer_syntax == "1.2.840.113619.5.2",
          .big_endian = transfer_syntax == explicit_big_uid};
}

bool is_deflated(std::string_view transfer_syntax) {
  return transfer_syntax == deflated_uid || transfer_syntax == "1.2.840.10008.1.2.4.95" ||
         transfer_syntax == "1.2.840.10008.1.2.4.205";
}

}  // namespace dmw::dicom
