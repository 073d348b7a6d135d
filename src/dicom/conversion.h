// Conversion: converts bytes of one code set to UTF-8. The only place that includes ICU.
#pragma once

#include <string>
#include <string_view>

#include "dicom/charset.h"

namespace dmw::dicom {

/// The length of `text` before its first U+0000 or byte that is not UTF-8 (RFC 3629 §4).
std::size_t valid_utf8_prefix(std::string_view text);
bool is_plain_ascii(std::string_view text);

/// Appends bytes of `from` (two-byte sets with the high bits set) as UTF-8, without U+0000. Bytes without a meaning
/// become U+FFFD; then it returns false.
bool append_converted(CodeSet from, std::string_view bytes, std::string& out);
/// Appends the text as UTF-8 if it is valid, otherwise as windows-1252.
void append_guessed(std::string_view bytes, std::string& out);

}  // namespace dmw::dicom
