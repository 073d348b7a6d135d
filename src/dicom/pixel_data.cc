#include "dicom/pixel_data.h"

#include <algorithm>
#include <vector>

#include "dicom/other_file.h"
#include "dicom/ul/sop_classes.h"
#include "dicom/walk.h"

namespace dmw::dicom {
namespace {

/// Reads headings of eight bytes wherever they lie. Fragments may be small and many, or large: a read brings 4 KiB.
class Headings {
 public:
  explicit Headings(ByteSource& source) : source_(source), buffer_(4096) {}

  /// Null when fewer than eight bytes are there. Valid until the next call.
  Result<const std::byte*> at(std::uint64_t offset) {
    if (offset < begin_ || offset - begin_ > size_ || size_ - (offset - begin_) < 8) {
      begin_ = offset;
      size_ = TRY(source_.read_at(offset, buffer_));
    }
    return size_ - (offset - begin_) < 8 ? nullptr : buffer_.data() + (offset - begin_);
  }

 private:
  ByteSource& source_;
  std::vector<std::byte> buffer_;
  std::uint64_t begin_ = 0;
  std::size_t size_ = 0;
};

/// The Basic Offset Table at `at`, which is an item: the fragments behind it begin at `fragments`, those of the last
/// frame at `last_frame`, the same when the table says nothing.
struct OffsetTable {
  std::uint64_t fragments = 0;
  std::uint64_t last_frame = 0;
};
Result<OffsetTable> offset_table(Headings& headings, std::uint64_t at, std::uint32_t length, bool big) {
  const std::uint64_t fragments = at + 8 + length;
  OffsetTable table{fragments, fragments};
  if (length < 8 || length % 4 != 0) return table;
  // The last offset stands in the four bytes before the first fragment.
  const std::byte* const tail = TRY(headings.at(fragments - 4));
  if (tail == nullptr) return table;
  const std::uint64_t last = fragments + load<std::uint32_t>(tail, big);
  const std::byte* const item = TRY(headings.at(last));
  if (item != nullptr && load_tag(item, big) == tags::item) table.last_frame = last;
  return table;
}

/// The end of the delimiter of encapsulated Pixel Data; nullopt if its fragments do not lead to it.
Result<std::optional<std::uint64_t>> end_of_fragments(ByteSource& bytes, const Heading& pixels) {
  Headings headings(bytes);
  const bool big = pixels.encoding.big_endian;
  std::uint64_t at = pixels.value_offset();
  for (std::uint32_t count = 0; count < fragments_max; ++count) {
    const std::byte* const heading = TRY(headings.at(at));
    if (heading == nullptr) return std::nullopt;
    const Tag tag = load_tag(heading, big);
    const auto length = load<std::uint32_t>(heading + 4, big);
    if (tag == tags::sequence_end) return at + 8;
    if (tag != tags::item) return std::nullopt;
    at = count == 0 ? TRY(offset_table(headings, at, length, big)).last_frame : at + 8 + length;
  }
  return bytes.size();
}

/// A sink that wants nothing.
struct Nothing {
  static bool skips(Tag /*tag*/, unsigned /*depth*/) { return true; }
  void leaf(const Heading& /*heading*/, unsigned /*depth*/) {}
  void open_sequence(const Heading& /*heading*/, unsigned /*depth*/) {}
  void item(std::uint64_t /*offset*/, Encoding /*encoding*/, unsigned /*depth*/) {}
  void close_item(unsigned /*depth*/) {}
  void close_sequence(unsigned /*depth*/) {}
  void abandon_sequence(unsigned /*depth*/) {}
};

/// The end of the value of Pixel Data; nullopt if it is beyond the end of the file.
Result<std::optional<std::uint64_t>> end_of_value(ByteSource& bytes, const Heading& pixels) {
  if (pixels.length == undefined_length) return end_of_fragments(bytes, pixels);
  const std::uint64_t end = pixels.value_offset() + pixels.length;
  return end > bytes.size() ? std::nullopt : std::optional(end);
}

/// The elements from `at` on, which is behind Pixel Data, up to the next Pixel Data if there is more of it. Those
/// whose tags are too low must all be readable, else lengths lie; of others the last must end in the file.
Result<std::optional<Heading>> follow(Window& window, std::uint64_t at, const Heading& pixels,
                                      std::uint64_t limit_bytes, PixelsEnd& found) {
  const std::byte* const next = window.at(at, 8);
  if (next == nullptr && window.error()) return std::unexpected(*window.error());
  if (next == nullptr) return std::nullopt;
  const Tag tag = load_tag(next, pixels.encoding.big_endian);
  if (number(tag) == 0) return std::nullopt;
  const bool ascends = tag > tags::pixel_data && group(tag) != 0xFFFE;
  Nothing nothing;
  Walk walk(window, nothing, limit_bytes);
  Result<WalkEnd> end = walk.run(at, pixels.encoding);
  if (!found.sop_uid) found.sop_uid = walk.met().sop_uid;
  if (!end && window.error()) return std::unexpected(*window.error());
  if (!end && !ascends && pixels.length != undefined_length)
    return fail(Errc::corrupted, format("{} at byte {} comes after Pixel Data", name(tag), at));
  found.is_odd |= !ascends || !end || end->odd_encoding || end->pixel_data;
  if (end) found.offset = end->offset;
  if (end) return end->pixel_data;
  found.is_cut |= ascends && walk.ran_out();
  return std::nullopt;
}

/// PS3.5 §8.1.1; others, as 12 or 24, are packed in ways of their writers.
bool is_bits_allocated(std::int32_t bits) {
  return bits == 1 || bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

}  // namespace

Result<PixelsEnd> end_of_pixels(ByteSource& bytes, const Heading& pixels, std::uint64_t limit_bytes) {
  PixelsEnd found;
  Window window(bytes);
  std::optional<Heading> element = pixels;
  for (unsigned count = 0; element && count < pixel_elements_max; ++count) {
    const std::optional<std::uint64_t> end = TRY(end_of_value(bytes, *element));
    if (!end) found.is_cut = true;
    found.offset = end.value_or(bytes.size());
    if (!end || *end == bytes.size()) break;
    TRY(expect_no_other_file(bytes, *end));
    element = TRY(follow(window, *end, *element, limit_bytes, found));
  }
  return found;
}

bool PixelShape::promises_pixels(std::string_view sop_class) const {
  if (is_elsewhere) return false;
  return ul::is_image(sop_class) || (rows.value_or(0) > 0 && columns.value_or(0) > 0 && bits_allocated.value_or(0) > 0);
}

std::optional<std::uint64_t> PixelShape::frame_bits() const {
  const bool is_known_size = bits_allocated && is_bits_allocated(*bits_allocated);
  if (is_subsampled || !is_known_size) return std::nullopt;
  std::uint64_t bits = 1;
  for (const auto& factor : {rows, columns, samples, bits_allocated}) {
    if (!factor || *factor <= 0) return std::nullopt;
    if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(*factor), &bits)) return std::nullopt;
  }
  return bits;
}

bool PixelShape::fits_into(std::uint32_t bytes) const {
  const std::optional<std::uint64_t> frame = frame_bits();
  const auto count = static_cast<std::uint64_t>(std::max(frames.value_or(1), 1));
  return frame && std::uint64_t{bytes} * 8 / *frame >= count;
}

bool PixelShape::is_cut_by(std::uint32_t bytes) const {
  const std::optional<std::uint64_t> frame = frame_bits();
  if (!frame || fits_into(bytes)) return false;
  const std::uint64_t bits = std::uint64_t{bytes} * 8;
  constexpr std::uint64_t padding_bits = 15;  // to a byte, and to an even number of them
  return bits < *frame || bits % *frame > padding_bits;
}

}  // namespace dmw::dicom
