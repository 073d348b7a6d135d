#include "dicom/recording.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dmw::dicom {
namespace {

/// A depth that no element has: it marks what goes, and lets it count as a part of what stands before it.
constexpr std::uint8_t dropped = 255;

/// The elements of one item: those at `depth` in [begin, end), each with what it contains.
struct Range {
  std::size_t begin;
  std::size_t end;
};

std::size_t end_of(const std::vector<Element>& elements, std::size_t at, std::size_t limit) {
  const std::uint8_t depth = elements[at].depth;
  const bool item = elements[at].tag == tags::item;
  std::size_t next = at + 1;
  while (next < limit && (elements[next].depth > depth ||
                          (item && elements[next].depth == depth && elements[next].tag != tags::item))) {
    ++next;
  }
  return next;
}

std::vector<Range> unordered_items(const std::vector<Element>& elements) {
  std::vector<Range> found;
  std::array<std::size_t, depth_max + 2> begin{};
  std::array<Tag, depth_max + 2> last{};
  std::array<bool, depth_max + 2> unordered{};
  unsigned depth = 0;
  const auto close = [&](unsigned down_to, std::size_t end) {
    for (; depth > down_to; --depth) {
      if (unordered[depth]) found.push_back({begin[depth], end});
    }
  };
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Element& element = elements[i];
    const bool item = element.tag == tags::item;
    close(item ? element.depth - 1U : element.depth, i);
    if (item) {
      depth = element.depth;
      begin[depth] = i + 1;
      last[depth] = {};
      unordered[depth] = false;
      continue;
    }
    if (element.tag <= last[depth]) unordered[depth] = true;
    last[depth] = element.tag;
  }
  close(0, elements.size());
  if (unordered[0]) found.push_back({0, elements.size()});
  return found;
}

void put_in_order(std::vector<Element>& elements, Range range) {
  std::vector<Range> parts;
  for (std::size_t at = range.begin; at < range.end;) {
    const std::size_t next = end_of(elements, at, range.end);
    parts.push_back({at, next});
    at = next;
  }
  const auto tag = [&](const Range& part) { return elements[part.begin].tag; };
  std::ranges::stable_sort(parts, {}, tag);
  std::vector<Element> ordered;
  ordered.reserve(range.end - range.begin);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool repeated = i > 0 && tag(parts[i]) == tag(parts[i - 1]);
    for (std::size_t at = parts[i].begin; at < parts[i].end; ++at) {
      ordered.push_back(elements[at]);
      if (repeated) ordered.back().depth = dropped;
    }
  }
  std::ranges::copy(ordered, elements.begin() + static_cast<std::ptrdiff_t>(range.begin));
}

}  // namespace

void put_in_order(std::vector<Element>& elements) {
  std::vector<Range> ranges = unordered_items(elements);
  if (ranges.empty()) return;
  // Inner before outer: an outer item moves its inner ones as they are.
  std::ranges::sort(ranges, std::ranges::greater(), &Range::begin);
  for (const Range& range : ranges) put_in_order(elements, range);
  std::erase_if(elements, [](const Element& element) { return element.depth == dropped; });
}

}  // namespace dmw::dicom
