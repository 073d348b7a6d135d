// Several files in one: what `cat` makes of a series, or a sender who puts all of it into one part.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "dicom/byte_source.h"

namespace dmw::dicom {

/// A dataset ends at `offset`. Errors: corrupted (another DICOM file begins there, or behind zeros: its instance would
/// be dropped without a word), and those of the source. At most 1 MiB of zeros is looked through.
Result<> expect_no_other_file(ByteSource& file, std::uint64_t offset);

}  // namespace dmw::dicom
