#include "dicom/dataset.h"

#include <algorithm>
#include <vector>

#include "dicom/part10.h"
#include "dicom/text.h"
#include "model/uid.h"

namespace dmw::dicom {
namespace {

constexpr unsigned fragments_max = 4096;

/// Whether bytes without any meta can be the beginning of a dataset: an element of group 0008 with a length that fits,
/// or an explicit one of another low group.
bool plausible(ByteView first, std::uint64_t available) {
  if (first.size() < 8) return false;
  for (const bool big : {false, true}) {
    const std::uint16_t in_group = group(load_tag(first.data(), big));
    const bool is_explicit = load_vr(first.data() + 4) != Vr::none;
    if (in_group == 0x0008 && (is_explicit || load<std::uint32_t>(first.data() + 4, big) <= available - 8)) return true;
    if (is_explicit && (in_group == 0x0004 || in_group == 0x0010 || in_group == 0x0018 || in_group == 0x0020))
      return true;
  }
  return false;
}

/// A UID of the meta as text that can go anywhere, whatever its bytes are.
std::string uid_text(std::string_view uid, Flags& flags) {
  if (is_plain_uid(uid)) return std::string(uid);
  std::string text;
  const bool fits = append_text(uid.substr(0, uid_bytes_max), Vr::ui, Charset(), text);
  if (!fits || !uid.empty()) flags |= Flag::bad_value;
  return text;
}

std::string_view syntax_of(Encoding encoding) {
  if (encoding.implicit) return "1.2.840.10008.1.2";
  return encoding.big_endian ? "1.2.840.10008.1.2.2" : "1.2.840.10008.1.2.1";
}

/// Encapsulated Pixel Data (PS3.5 §A.4): whole when the file ends in the delimiter, or when its fragments lead to one.
bool fragments_are_cut_off(Window& window, const Heading& pixels) {
  const std::uint64_t size = window.source_size();
  std::uint64_t at = pixels.value_offset();
  if (size >= at + 8 && load_tag(window.at(size - 8, 8), false) == tags::sequence_end) return false;
  for (unsigned count = 0; count < fragments_max; ++count) {
    const std::byte* const heading = window.at(at, 8);
    if (heading == nullptr) return true;
    if (load_tag(heading, false) != tags::item) return false;
    at += 8 + std::uint64_t{load<std::uint32_t>(heading + 4, false)};
  }
  return false;
}

/// Elements after Pixel Data are not read, but the first of them must be one: else lengths lie.
Result<> check_tail(Window& window, std::uint64_t at, bool big_endian) {
  const std::byte* const next = window.at(at, 8);
  if (next == nullptr) return {};
  const Tag tag = load_tag(next, big_endian);
  if (number(tag) == 0 || (tag > tags::pixel_data && group(tag) != 0xFFFE)) return {};
  return fail(Errc::corrupted, format("{} stands at byte {}, after Pixel Data", name(tag), at));
}

}  // namespace

Result<Dataset> open_dataset(ByteSource& file, std::uint64_t limit_bytes) {
  std::vector<std::byte> buffer;
  ByteView head = file.head();
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(head_limit_bytes, file.size()));
  if (head.size() < wanted) {
    buffer.resize(wanted);
    buffer.resize(TRY(file.read_at(0, buffer)));
    head = buffer;
  }
  const Prefix prefix = read_prefix(head);
  Dataset dataset;
  dataset.offset = prefix.dataset_offset;
  dataset.flags = prefix.flags;
  dataset.transfer_syntax = uid_text(prefix.transfer_syntax, dataset.flags);
  dataset.meta_sop_class = uid_text(prefix.sop_class, dataset.flags);
  dataset.meta_sop_uid = uid_text(prefix.sop_uid, dataset.flags);
  dataset.file = &file;
  const std::uint64_t available = file.size() - std::min(file.size(), dataset.offset);
  ByteView first = head.subspan(std::min<std::size_t>(head.size(), static_cast<std::size_t>(dataset.offset)));
  if (!prefix.has_meta && !plausible(first, available)) {
    if (!prefix.has_dicm)
      return fail(Errc::not_dicom, "not DICOM: neither \"DICM\" at byte 128 nor a data element at the start");
    return fail(Errc::corrupted, format("no data element follows \"DICM\" at byte {}", dataset.offset));
  }
  dataset.encoding = declared_encoding(prefix.transfer_syntax);
  std::array<std::byte, 8> start{};
  if (is_deflated(prefix.transfer_syntax) && !plausible(first, available)) {
    dataset.inflated = std::make_unique<InflatedSource>(file, dataset.offset, limit_bytes);
    dataset.offset = 0;
    first = ByteView(start).first(TRY(dataset.inflated->read_at(0, start)));
  }
  if (first.size() >= 8) {
    const Encoding found =
        recognised(first.first(8), dataset.inflated ? dataset.inflated->size() : available, dataset.encoding, true);
    if (found != dataset.encoding && !prefix.transfer_syntax.empty()) dataset.flags |= Flag::odd_encoding;
    dataset.encoding = found;
  }
  if (dataset.transfer_syntax.empty()) dataset.transfer_syntax = syntax_of(dataset.encoding);
  return dataset;
}

Result<std::uint64_t> Dataset::header_bytes_after(const WalkEnd& end, Flags& flags_found) const {
  flags_found |= flags;
  if (end.odd_encoding) flags_found |= Flag::odd_encoding;
  if (inflated) return inflated->consumed_bytes();
  if (!end.pixel_data) return file->size();
  const Heading& pixels = *end.pixel_data;
  Window window(*file);
  if (pixels.length == undefined_length) {
    if (fragments_are_cut_off(window, pixels)) flags_found |= Flag::truncated_pixel_data;
  } else if (pixels.length > file->size() - std::min(file->size(), pixels.value_offset())) {
    flags_found |= Flag::truncated_pixel_data;
  } else {
    TRY(check_tail(window, pixels.value_offset() + pixels.length, encoding.big_endian));
  }
  if (window.error()) return std::unexpected(*window.error());
  return end.offset;
}

}  // namespace dmw::dicom
