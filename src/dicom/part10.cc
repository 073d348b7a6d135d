#include "dicom/part10.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dicom/encoding.h"

namespace dmw::dicom {
namespace {

constexpr std::size_t preamble_bytes = 128;

/// The beginnings of files that a system would run, render or unpack.
constexpr std::array<std::string_view, 14> foreign_beginnings = {std::string_view("MZ"),
                                                                 std::string_view("\x7F"
                                                                                  "ELF"),
                                                                 std::string_view("#!"),
                                                                 std::string_view("%PDF"),
                                                                 std::string_view("II*\0", 4),
                                                                 std::string_view("MM\0*", 4),
                                                                 std::string_view("PK\x03\x04"),
                                                                 std::string_view("<!"),
                                                                 std::string_view("<html"),
                                                                 std::string_view("<HTML"),
                                                                 std::string_view("<?"),
                                                                 std::string_view("<script"),
                                                                 std::string_view("\xCA\xFE\xBA\xBE"),
                                                                 std::string_view("\xCF\xFA\xED\xFE")};

bool is_foreign(std::string_view preamble) {
  return std::ranges::any_of(foreign_beginnings, [&](std::string_view start) { return preamble.starts_with(start); });
}

std::string_view without_padding(std::string_view uid) {
  uid = uid.substr(0, uid.find('\0'));
  const std::size_t last = uid.find_last_not_of(' ');
  return uid.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The heading of an element of group 0002 at `at`. Nullopt if it is not in the head. Its value may reach beyond the
/// head if the file continues there.
std::optional<Heading> meta_heading(ByteView head, std::size_t at, bool big, Flags& flags) {
  if (at > head.size() || head.size() - at < 8) return std::nullopt;
  const std::byte* const from = head.data() + at;
  Heading heading{.tag = load_tag(from, big), .encoding = {.big_endian = big}, .offset = at};
  if (group(heading.tag) != 2) return std::nullopt;
  heading.vr = load_vr(from + 4);
  if (has_long_form(heading.vr)) {
    if (head.size() - at < 12) return std::nullopt;
    heading.size = 12;
    heading.length = load<std::uint32_t>(from + 8, big);
  } else {
    heading.length = load<std::uint16_t>(from + 6, big);
  }
  const bool may_go_on = head.size() >= head_limit_bytes && heading.size == 12 && heading.length != undefined_length;
  const auto fits = [&] { return may_go_on || heading.length <= head.size() - at - heading.size; };
  if (heading.vr == Vr::none || !fits()) {
    const auto peek = [&](std::uint64_t offset, std::size_t count) {
      return offset <= head.size() && head.size() - offset >= count ? head.data() + offset : nullptr;
    };
    const auto other =
        other_reading(head.subspan(at, std::min<std::size_t>(12, head.size() - at)), heading, head.size(), peek);
    if (!other) return std::nullopt;
    heading = *other;
    flags |= Flag::odd_encoding;
  }
  return heading;
}

/// The end of the meta according to (0002,0000); nullopt if `heading` is another element.
std::optional<std::size_t> declared_end(ByteView head, const Heading& heading) {
  if (heading.tag != tags::meta_length || heading.length != 4) return std::nullopt;
  const auto value_at = static_cast<std::size_t>(heading.value_offset());
  return value_at + 4 + load<std::uint32_t>(head.data() + value_at, heading.encoding.big_endian);
}

std::string_view value_of(ByteView head, const Heading& heading) {
  const ByteView from = head.subspan(std::min(static_cast<std::size_t>(heading.value_offset()), head.size()));
  return as_text(from.first(std::min<std::size_t>(heading.length, from.size())));
}

bool is_group_2(ByteView head, std::size_t at, bool big) {
  return head.size() >= at + 4 && group(load_tag(head.data() + at, big)) == 2;
}

void read_meta(ByteView head, Prefix& prefix) {
  auto at = static_cast<std::size_t>(prefix.dataset_offset);
  const bool big = is_group_2(head, at, true) && !is_group_2(head, at, false);
  if (big) prefix.flags |= Flag::odd_encoding;  // PS3.10 §7.1 has it in little endian, whatever follows
  std::optional<std::size_t> end;
  while (end != at || prefix.transfer_syntax.empty()) {
    const auto heading = meta_heading(head, at, big, prefix.flags);
    if (!heading) break;
    const auto next = static_cast<std::size_t>(heading->value_offset()) + heading->length;
    if (next > head.size() && (!end || *end < next)) break;
    const std::string_view value = value_of(head, *heading);
    if (!prefix.has_meta) end = declared_end(head, *heading);
    if (heading->tag == tags::media_storage_sop_class) prefix.sop_class = without_padding(value);
    if (heading->tag == tags::media_storage_sop_uid) prefix.sop_uid = without_padding(value);
    if (heading->tag == tags::transfer_syntax) prefix.transfer_syntax = without_padding(value);
    prefix.has_meta = true;
    at = next > head.size() ? *end : next;
  }
  prefix.dataset_offset = at;
}

}  // namespace

Prefix read_prefix(ByteView head) {
  head = head.first(std::min(head.size(), head_limit_bytes));
  const std::string_view text = as_text(head);
  Prefix prefix;
  if (text.size() >= preamble_bytes + 4 && text.substr(preamble_bytes, 4) == "DICM") {
    prefix.has_dicm = true;
    prefix.dataset_offset = preamble_bytes + 4;
    if (is_foreign(text)) prefix.flags |= Flag::preamble_in_use;
  } else {
    prefix.flags |= Flag::no_meta;
    if (text.starts_with("DICM")) {
      prefix.has_dicm = true;
      prefix.dataset_offset = 4;
    }
  }
  read_meta(head, prefix);
  const LeftOvers rest = left_overs(head, static_cast<std::size_t>(prefix.dataset_offset));
  prefix.first_element = rest.end;
  if (rest.any) prefix.flags |= Flag::odd_encoding;
  if (!prefix.has_meta) prefix.flags |= Flag::no_meta;
  return prefix;
}

LeftOvers left_overs(ByteView head, std::size_t begin) {
  LeftOvers found;
  found.end = begin;
  Flags untold;
  while (const auto heading = meta_heading(head, found.end, false, untold)) {
    found.any = true;
    (heading->vr == Vr::none ? found.is_implicit : found.is_explicit) = true;
    if (heading->tag == tags::transfer_syntax) found.transfer_syntax = without_padding(value_of(head, *heading));
    found.end = static_cast<std::size_t>(heading->value_offset()) + heading->length;
  }
  return found;
}

std::uint64_t dataset_offset(ByteView head) {
  return read_prefix(head).dataset_offset;
}

}  // namespace dmw::dicom
