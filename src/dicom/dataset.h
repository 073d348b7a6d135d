// Dataset: a file, opened at the first element of its dataset: the prefix is read, the encoding is recognised, a
// deflated dataset is inflated. read_header and read_attributes both begin with it.
#pragma once

#include <memory>
#include <string>

#include "dicom/byte_source.h"
#include "dicom/encoding.h"
#include "dicom/inflated_source.h"
#include "dicom/pixel_data.h"
#include "dicom/walk.h"
#include "model/flags.h"

namespace dmw::dicom {

/// A valid UID has at most 64 characters (PS3.5 §9.1).
inline constexpr std::size_t uid_bytes_max = 256;

struct Dataset {
  std::uint64_t offset = 0;  // in `bytes()`
  Encoding encoding{};
  std::string transfer_syntax;  // of the meta; if that has none or a wrong one, the recognised one
  std::string meta_sop_class;
  std::string meta_sop_uid;
  Flags flags;
  ByteSource* file = nullptr;
  std::unique_ptr<InflatedSource> inflated;

  ByteSource& bytes() const { return inflated ? static_cast<ByteSource&>(*inflated) : *file; }
  /// Combines the result of a walk with a check of the data after it: sets the flags, and returns the size of the
  /// header in the file. `shape`: the pixels as the header describes them. `limit_bytes`: as for the walk. Errors:
  /// corrupted (impossible data after Pixel Data; another file or dataset after this one), and those of the source.
  Result<std::uint64_t> conclude(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes);

 private:
  Result<PixelsEnd> look_behind(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes) const;
  void compare_pixels(const WalkEnd& end, const PixelShape& shape);
};

/// Opens a file, which must outlive the result. Errors: not_dicom (no "DICM" and no plausible first element), corrupted
/// ("DICM", and nothing readable after it), and those of the source.
Result<Dataset> open_dataset(ByteSource& file, std::uint64_t limit_bytes);

}  // namespace dmw::dicom
