#include "dicom/recording.h"

#include <algorithm>
#include <cstddef>

namespace dmw::dicom {
namespace {

using Index = std::uint32_t;

/// Less is further out: a sequence, its items, the elements in them.
unsigned rank(const Element& element) {
  return 2U * element.depth - (element.tag == tags::item ? 1U : 0U);
}

bool is_in_order(const std::vector<Element>& elements) {
  std::array<Tag, depth_max + 2> last{};
  for (const Element& element : elements) {
    if (element.tag == tags::item) {
      last[element.depth] = {};
    } else {
      if (element.tag <= last[element.depth]) return false;
      last[element.depth] = element.tag;
    }
  }
  return true;
}

/// For each element the index behind all that it contains.
std::vector<Index> ends_of(const std::vector<Element>& elements) {
  std::vector<Index> ends(elements.size());
  std::vector<Index> open;
  for (Index i = 0; i <= elements.size(); ++i) {
    while (!open.empty() && (i == elements.size() || rank(elements[i]) <= rank(elements[open.back()]))) {
      ends[open.back()] = i;
      open.pop_back();
    }
    if (i < elements.size()) open.push_back(i);
  }
  return ends;
}

/// What directly belongs to one sequence (its items, as they stand) or item (its elements, in order, the first of
/// equals).
std::vector<Index> members(const std::vector<Element>& elements, const std::vector<Index>& ends, Index begin,
                           Index end) {
  std::vector<Index> found;
  for (Index at = begin; at < end; at = ends[at]) found.push_back(at);
  if (found.empty() || elements[found.front()].tag == tags::item) return found;
  const auto tag = [&](Index at) { return elements[at].tag; };
  std::ranges::sort(found, {}, [&](Index at) { return std::uint64_t{number(tag(at))} << 32U | at; });
  found.erase(std::ranges::unique(found, {}, tag).begin(), found.end());
  return found;
}

struct Open {
  std::vector<Index> members;
  std::size_t next = 0;
};

}  // namespace

void put_in_order(std::vector<Element>& elements) {
  if (is_in_order(elements)) return;
  const std::vector<Index> ends = ends_of(elements);
  std::vector<Element> ordered;
  ordered.reserve(elements.size());
  std::vector<Open> open;
  open.push_back({members(elements, ends, 0, static_cast<Index>(elements.size())), 0});
  while (!open.empty()) {
    Open& innermost = open.back();
    if (innermost.next == innermost.members.size()) {
      open.pop_back();
      continue;
    }
    const Index at = innermost.members[innermost.next++];
    ordered.push_back(elements[at]);
    if (ends[at] > at + 1) open.push_back({members(elements, ends, at + 1, ends[at]), 0});
  }
  elements = std::move(ordered);
}

}  // namespace dmw::dicom
