// Dataset: a file opened as far as the first element of its dataset: prefix read, encoding recognised, inflated where
// it is deflated. The common beginning of read_header and read_attributes.
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

/// A valid UID has at most 64 (PS3.5 §9.1).
inline constexpr std::size_t uid_bytes_max = 256;

struct Dataset {
  std::uint64_t offset = 0;  // in `bytes()`
  Encoding encoding{};
  std::string transfer_syntax;  // of the meta; the one that was recognised where there is none or it is another
  std::string meta_sop_class;
  std::string meta_sop_uid;
  Flags flags;
  ByteSource* file = nullptr;
  std::unique_ptr<InflatedSource> inflated;

  ByteSource& bytes() const { return inflated ? static_cast<ByteSource&>(*inflated) : *file; }
  /// What a walk of this dataset, and a look at what follows, found out: the flags, and how many bytes of the file its
  /// header has. `shape` is what the header says of the pixels. `limit_bytes` as for the walk. Errors: corrupted (what
  /// follows Pixel Data cannot follow it; another file follows the dataset), and those of the source.
  Result<std::uint64_t> conclude(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes);

 private:
  Result<PixelsEnd> look_behind(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes) const;
  void compare_pixels(const WalkEnd& end, const PixelShape& shape);
};

/// `file` must outlive the result. Errors: not_dicom (no "DICM" and no plausible first element), corrupted ("DICM", and
/// nothing readable after it), and those of the source.
Result<Dataset> open_dataset(ByteSource& file, std::uint64_t limit_bytes);

}  // namespace dmw::dicom
