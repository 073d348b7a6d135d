// What `dicom-middleware inspect` says of one file.
#pragma once

#include <string>

#include "base/result.h"
#include "dicom/byte_source.h"

namespace dmw::dicom {

/// The typed attributes, one a line with its tag, then transfer syntax, header size and flags in words. The one place
/// that prints patient attributes: to the person who named the file. Errors: those of read_attributes.
Result<std::string> describe(ByteSource& file, std::uint64_t limit_bytes);
/// The header as DICOM JSON, one line. Errors: those of read_header and to_dicom_json.
Result<std::string> describe_as_json(ByteSource& file, std::uint64_t limit_bytes);
/// What a person can do about a file that was refused with this error; empty when there is nothing to say.
std::string_view advice(const Error& error);

}  // namespace dmw::dicom
