// Finds several DICOM files or datasets joined into one, for example by `cat`, or by a sender that puts a series into
// one part.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/encoding.h"

namespace dmw::dicom {

/// Checks the bytes after a dataset that ends at `offset`. Errors: corrupted (another DICOM file begins there, or after
/// at most 1 MiB of zeros; its instance would be lost silently), and those of the source.
Result<> expect_no_other_file(ByteSource& file, std::uint64_t offset);

/// The same where the other one has no preamble: its dataset goes on where the first one ends. `further`: of another
/// SOP Instance UID at the top level. Errors: corrupted (it has another value), and those of the source.
Result<> expect_no_other_instance(ByteSource& dataset, const ValuePlace& sop_uid, const ValuePlace& further);

}  // namespace dmw::dicom
