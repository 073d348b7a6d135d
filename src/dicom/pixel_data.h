// What follows the header: whether Pixel Data, and what comes behind it, is there to its end. Only headings are read,
// never a pixel.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "dicom/byte_source.h"
#include "dicom/encoding.h"

namespace dmw::dicom {

/// So many fragments are followed; what lies behind them is believed to be there.
inline constexpr std::uint32_t fragments_max = 1U << 22U;

/// So many Pixel Data elements, one behind the other, are followed; more are believed to be there.
inline constexpr unsigned pixel_elements_max = 64;

struct PixelsEnd {
  /// The file ends before Pixel Data does or before an element behind it, or fragments do not lead from one to the next
  /// and to their delimiter (PS3.5 §A.4). With a Basic Offset Table only those of the last frame are followed.
  bool is_cut = false;
  /// What follows is against the order of tags (PS3.5 §7.1): elements of lower tags, delimiters, more Pixel Data.
  bool is_odd = false;
  /// Where that which can be followed ends.
  std::uint64_t offset = 0;
  bool operator==(const PixelsEnd&) const = default;
};
/// `limit_bytes` bounds the headings behind Pixel Data. Errors: corrupted (what follows native Pixel Data makes
/// no sense, or is another file), and those of the source.
Result<PixelsEnd> end_of_pixels(ByteSource& bytes, const Heading& pixels, std::uint64_t limit_bytes);

/// The attributes that say how many bytes native Pixel Data has (PS3.3 C.7.6.3); nothing where one is missing or odd.
struct PixelShape {
  std::optional<std::int32_t> rows;
  std::optional<std::int32_t> columns;
  std::optional<std::int32_t> samples;
  std::optional<std::int32_t> bits_allocated;
  std::optional<std::int32_t> frames;
  bool is_subsampled = false;  // colour is stored for some pixels only (YBR_…_422, …_420)
  bool is_elsewhere = false;   // Pixel Data Provider URL (0028,7FE0)

  /// The header promises Pixel Data: it describes them, or its SOP class is an image, and they are not elsewhere.
  bool promises_pixels(std::string_view sop_class) const;
  /// The bits of one frame; nothing when they are not certain.
  std::optional<std::uint64_t> frame_bits() const;
  /// So many bytes are enough for all frames; false when that is not certain.
  bool fits_into(std::uint32_t bytes) const;
  /// So many bytes end inside a frame. Whole frames, fewer than the header counts, are no proof: it may count wrongly.
  bool is_cut_by(std::uint32_t bytes) const;
};

}  // namespace dmw::dicom
