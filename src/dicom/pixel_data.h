// Checks whether Pixel Data, and the elements after it, are complete. Only headings are read, never a pixel.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/encoding.h"

namespace dmw::dicom {

/// The most fragments that are followed; later ones are assumed to be complete.
inline constexpr std::uint32_t fragments_max = 1U << 22U;

/// The most consecutive Pixel Data elements that are followed; later ones are assumed to be complete.
inline constexpr unsigned pixel_elements_max = 64;

struct PixelsEnd {
  /// The file ends inside Pixel Data or inside an element after it, or the fragments do not lead to their delimiter
  /// (PS3.5 §A.4). With a Basic Offset Table, only the fragments of the last frame are followed.
  bool is_cut = false;
  /// Elements after Pixel Data break the order of tags (PS3.5 §7.1): lower tags, delimiters, more Pixel Data.
  bool is_odd = false;
  /// The offset up to which the file could be followed.
  std::uint64_t offset = 0;
  /// The first SOP Instance UID (0008,0018) after Pixel Data, at the top level.
  std::optional<ValuePlace> sop_uid{};
  bool operator==(const PixelsEnd&) const = default;
};
/// `limit_bytes` limits the headings after Pixel Data. Errors: corrupted (unreadable data, or another file, after
/// native Pixel Data), and those of the source.
Result<PixelsEnd> end_of_pixels(ByteSource& bytes, const Heading& pixels, std::uint64_t limit_bytes);

/// The attributes that determine the size of native Pixel Data (PS3.3 C.7.6.3); nothing for a missing or invalid one.
struct PixelShape {
  std::optional<std::int32_t> rows;
  std::optional<std::int32_t> columns;
  std::optional<std::int32_t> samples;
  std::optional<std::int32_t> bits_allocated;
  std::optional<std::int32_t> frames;
  bool is_subsampled = false;  // colour is stored for only some pixels (YBR_…_422, …_420)
  bool is_elsewhere = false;   // Pixel Data Provider URL (0028,7FE0)

  /// True if the instance must have Pixel Data: the header describes them, or the SOP class is an image, and they are
  /// not stored elsewhere.
  bool promises_pixels(std::string_view sop_class) const;
  /// The bits of one frame; nothing if that is uncertain.
  std::optional<std::uint64_t> frame_bits() const;
  /// True if `bytes` are enough for all frames; false if that is uncertain.
  bool fits_into(std::uint32_t bytes) const;
  /// True if `bytes` end inside a frame. Fewer whole frames than the header counts prove nothing, because the count may
  /// be wrong.
  bool is_cut_by(std::uint32_t bytes) const;
};

}  // namespace dmw::dicom
