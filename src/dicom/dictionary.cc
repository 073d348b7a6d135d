#include "dicom/dictionary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/format.h"

namespace dmw::dicom {
namespace {

struct Entry {
  std::uint32_t tag;
  Vr vr;
};

#include "dicom/dictionary_data.inc"

const Entry* find(std::uint32_t tag) {
  const auto found = std::ranges::lower_bound(entries, tag, {}, &Entry::tag);
  return found != entries.end() && found->tag == tag ? &*found : nullptr;
}

/// Curves and overlays repeat over the even groups 50xx and 60xx (PS3.5 §7.6), old pixel groups over 7Fxx. The table
/// has each of them once, in its first group.
std::uint32_t first_of_repeating(std::uint32_t tag) {
  const std::uint32_t family = tag & 0xFF010000U;
  if (family == 0x50000000U || family == 0x60000000U || family == 0x7F000000U) return tag & 0xFF00FFFFU;
  if ((tag & 0xFFFFFF00U) == 0x00203100U) return 0x00203100U;
  return tag;
}

std::string_view keyword(std::size_t index) {
  return std::string_view(&keywords[keyword_at[index]]);
}

}  // namespace

std::string name(Tag tag) {
  return format("({:04X},{:04X})", group(tag), element(tag));
}

Vr dictionary_vr(Tag tag) {
  if (element(tag) == 0) return Vr::ul;
  if (is_private(tag)) return element(tag) >= 0x10 && element(tag) <= 0xFF ? Vr::lo : Vr::none;
  const Entry* entry = find(number(tag));
  if (entry == nullptr) entry = find(first_of_repeating(number(tag)));
  return entry == nullptr ? Vr::none : entry->vr;
}

std::string_view keyword_of(Tag tag) {
  const Entry* entry = find(number(tag));
  if (entry == nullptr) entry = find(first_of_repeating(number(tag)));
  return entry == nullptr ? std::string_view() : keyword(static_cast<std::size_t>(entry - entries.data()));
}

Result<Tag> tag_of(std::string_view text) {
  const auto found = std::ranges::lower_bound(by_keyword, text, {}, [](std::uint16_t i) { return keyword(i); });
  if (found != by_keyword.end() && keyword(*found) == text) return Tag{entries[*found].tag};
  std::uint32_t tag = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tag, 16);
  if (text.size() == 8 && error == std::errc() && end == text.data() + text.size()) return Tag{tag};
  return fail(Errc::invalid, format("no DICOM attribute has the keyword '{}'", text));
}

Result<std::vector<Tag>> tags_of(std::span<const std::string> texts) {
  std::vector<Tag> tags;
  for (const std::string& text : texts) tags.push_back(TRY(tag_of(text)));
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  return tags;
}

}  // namespace dmw::dicom
