// The text of a value, without padding, in UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "dicom/charset.h"
#include "dicom/vr.h"

namespace dmw::dicom {

/// Removes the padding that PS3.5 §6.2 calls insignificant for the VR: U+0000 and spaces at the end, and spaces at the
/// start except in ST, LT, UT, UC and UR.
std::string_view without_padding(std::string_view text, Vr vr);

/// Text up to a U+0000 that is not padding; the bytes after it are left-overs of the writer's buffer. U+0000 at the
/// start, at the end and before a backslash is padding.
std::string_view until_nul(std::string_view raw);

/// All values of one element as UTF-8 with their backslashes, without trailing padding and without the bytes after a
/// U+0000. False as Charset::append_utf8.
bool append_text(std::string_view raw, Vr vr, const Charset& charset, std::string& out);

/// True for a DA of PS3.5: exactly 8 digits, month and day in range. The form of ACR-NEMA is not accepted.
bool is_date(std::string_view text);
/// TM: HH, HHMM, HHMMSS, HHMMSS.F with up to 6 digits.
bool is_time(std::string_view text);
/// IS and DS as JSON writes a number (RFC 8259 §6): same digits, no plus, no leading zeros. Empty when it is no number,
/// or one that no double holds.
std::string json_number(std::string_view text);

}  // namespace dmw::dicom
