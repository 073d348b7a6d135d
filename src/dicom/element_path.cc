#include "dicom/element_path.h"

#include <algorithm>
#include <charconv>

#include "dicom/walk.h"

namespace dmw::dicom {
namespace {

constexpr std::size_t item_digits_max = 9;

std::string_view take_word(std::string_view& text) {
  const std::size_t dot = text.find('.');
  const std::string_view word = text.substr(0, dot);
  text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  return word;
}

std::optional<Tag> tag_in(std::string_view word) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  if (word.size() != 8 || !std::ranges::all_of(word, is_digit)) return std::nullopt;
  std::uint32_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value, 16);
  return Tag{value};
}

std::optional<std::uint32_t> item_in(std::string_view word) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (word.empty() || word.size() > item_digits_max || word.front() == '0' || !std::ranges::all_of(word, is_digit))
    return std::nullopt;
  std::uint32_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

}  // namespace

bool has_bytes(const Element& element) {
  return element.tag != tags::item && element.vr != Vr::sq && element.length != 0 && element.length != undefined_length;
}

bool is_swapped(const Element& element) {
  return element.big_endian && value_size(element.vr) > 1;
}

void swap_values(std::span<char> bytes, Vr vr) {
  const std::size_t unit = value_size(vr);
  for (std::size_t at = 0; at + unit <= bytes.size(); at += unit) std::ranges::reverse(bytes.subspan(at, unit));
}

std::optional<ElementPath> ElementPath::parse(std::string_view text) {
  ElementPath path;
  if (text.ends_with('.')) return std::nullopt;
  while (path.steps_.size() <= depth_max) {
    const std::optional<Tag> tag = tag_in(take_word(text));
    if (!tag) return std::nullopt;
    if (text.empty()) {
      path.tag_ = *tag;
      return path;
    }
    const std::optional<std::uint32_t> item = item_in(take_word(text));
    if (!item || text.empty()) return std::nullopt;
    path.steps_.push_back({*tag, *item});
  }
  return std::nullopt;
}

const Element* ElementPath::find(std::span<const Element> elements) const {
  std::size_t open = 0;  // steps that lead to where the walk is
  bool in_sequence = false;
  std::uint32_t items = 0;
  for (const Element& element : elements) {
    const bool is_item = element.tag == tags::item;
    // It has left the last item of the path, and no other one is meant.
    if (element.depth < open || (is_item && element.depth == open)) return nullptr;
    if (is_item) {
      if (!in_sequence || element.depth != open + 1 || ++items != steps_[open].item) continue;
      ++open;
      in_sequence = false;
    } else if (element.depth == open) {
      if (open == steps_.size() && element.tag == tag_) return &element;
      in_sequence = open < steps_.size() && element.tag == steps_[open].sequence;
      items = 0;
    }
  }
  return nullptr;
}

}  // namespace dmw::dicom
