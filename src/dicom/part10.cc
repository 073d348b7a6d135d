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

/// The heading of an element of group 0002 at `at`, always little endian. Nothing when it does not fit into the head.
std::optional<Heading> meta_heading(ByteView head, std::size_t at, Flags& flags) {
  if (head.size() - at < 8) return std::nullopt;
  const std::byte* const from = head.data() + at;
  Heading heading{.tag = load_tag(from, false), .offset = at};
  if (group(heading.tag) != 2) return std::nullopt;
  heading.vr = load_vr(from + 4);
  if (has_long_form(heading.vr)) {
    if (head.size() - at < 12) return std::nullopt;
    heading.size = 12;
    heading.length = load<std::uint32_t>(from + 8, false);
  } else {
    heading.length = load<std::uint16_t>(from + 6, false);
  }
  const auto fits = [&] { return heading.length <= head.size() - at - heading.size; };
  if (heading.vr == Vr::none || !fits()) {
    const auto peek = [&](std::uint64_t offset) { return head.size() - offset >= 4 ? head.data() + offset : nullptr; };
    const auto other =
        other_reading(head.subspan(at, std::min<std::size_t>(12, head.size() - at)), heading, head.size(), peek);
    if (!other) return std::nullopt;
    heading = *other;
    flags |= Flag::odd_encoding;
  }
  return heading;
}

void read_meta(ByteView head, Prefix& prefix) {
  auto at = static_cast<std::size_t>(prefix.dataset_offset);
  while (const auto heading = meta_heading(head, at, prefix.flags)) {
    const auto value_at = static_cast<std::size_t>(heading->value_offset());
    const std::string_view value = as_text(head.subspan(value_at, heading->length));
    if (heading->tag == tags::media_storage_sop_class) prefix.sop_class = without_padding(value);
    if (heading->tag == tags::media_storage_sop_uid) prefix.sop_uid = without_padding(value);
    if (heading->tag == tags::transfer_syntax) prefix.transfer_syntax = without_padding(value);
    prefix.has_meta = true;
    at = value_at + heading->length;
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
  if (!prefix.has_meta) prefix.flags |= Flag::no_meta;
  return prefix;
}

std::uint64_t dataset_offset(ByteView head) {
  return read_prefix(head).dataset_offset;
}

}  // namespace dmw::dicom
