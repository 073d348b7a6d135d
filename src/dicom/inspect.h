// The output of `dicom-middleware inspect` for one file.
#pragma once

#include <string>

#include "base/result.h"
#include "dicom/byte_source.h"

namespace dmw::dicom {

/// The typed attributes, one on each line with its tag, then transfer syntax, header size and flags in words. The only
/// place that prints patient attributes, for the person who named the file. Errors: those of read_attributes.
Result<std::string> describe(ByteSource& file, std::uint64_t limit_bytes);
/// The header as DICOM JSON on one line. Errors: those of read_header and to_dicom_json.
Result<std::string> describe_as_json(ByteSource& file, std::uint64_t limit_bytes);
/// Advice for a person whose file was refused with this error; empty if there is none.
std::string_view advice(const Error& error);

}  // namespace dmw::dicom
