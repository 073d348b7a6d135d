// The "Value" of one element in DICOM JSON (PS3.18 §F.2.3), by VR.
#pragma once

#include <string>

#include "base/bytes.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

namespace dmw::dicom {

/// Appends a JSON string; `text` is valid UTF-8.
void append_json_string(std::string_view text, std::string& out);
/// Appends `"Value":[…]` for a string VR; nothing if the value is empty.
void append_text_value(ByteView raw, Vr vr, const Charset& charset, std::string& out);
/// Appends `"Value":[…]` for a VR of binary numbers or tags; an incomplete value at the end is dropped. `counts_first`:
/// the first value of SS is unsigned.
void append_number_value(ByteView raw, Vr vr, bool big_endian, bool counts_first, std::string& out);
/// Appends `"InlineBinary":"…"` in little endian order; nothing if there are no bytes.
void append_binary_value(ByteView raw, Vr vr, bool big_endian, std::string& out);

}  // namespace dmw::dicom
