// Finds several DICOM files joined into one, for example by `cat`, or by a sender that puts a series into one part.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "dicom/byte_source.h"

namespace dmw::dicom {

/// Checks the bytes after a dataset that ends at `offset`. Errors: corrupted (another DICOM file begins there, or after
/// at most 1 MiB of zeros; its instance would be lost silently), and those of the source.
Result<> expect_no_other_file(ByteSource& file, std::uint64_t offset);

}  // namespace dmw::dicom
