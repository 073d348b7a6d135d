// Conversion: bytes of one code set to UTF-8. The only place that includes ICU.
#pragma once

#include <string>
#include <string_view>

#include "dicom/charset.h"

namespace dmw::dicom {

/// The length of `text` up to its first byte that is no UTF-8 (RFC 3629 §4) or is U+0000.
std::size_t valid_utf8_prefix(std::string_view text);
bool is_plain_ascii(std::string_view text);

/// Appends bytes of `from` (two-byte sets with the high bits set) as UTF-8; U+FFFD for what has no meaning, and then
/// false. U+0000 is dropped.
bool append_converted(CodeSet from, std::string_view bytes, std::string& out);
/// Appends as UTF-8 if it is that, else as windows-1252.
void append_guessed(std::string_view bytes, std::string& out);

}  // namespace dmw::dicom
