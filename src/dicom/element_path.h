// ElementPath: the place of an element in a dataset as text: the tags and item numbers (from 1) of the sequences around
// it, then its own tag: "00420011", "00400555.1.00420011".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/header.h"

namespace dmw::dicom {

/// True if its value consists of at least one byte.
bool has_bytes(const Element& element);
/// True if its values have several bytes in big endian order.
bool is_swapped(const Element& element);
/// Reverses the byte order of each value; an incomplete value at the end stays.
void swap_values(std::span<char> bytes, Vr vr);

class ElementPath {
 public:
  /// Parses a path; nothing for every other text. Digits of tags are upper case, item numbers have no leading zeros,
  /// and the depth is at most depth_max.
  static std::optional<ElementPath> parse(std::string_view text);

  /// The first element with this path; null if there is none. `elements` as in Header.
  const Element* find(std::span<const Element> elements) const;

 private:
  struct Step {
    Tag sequence{};
    std::uint32_t item = 0;
  };

  std::vector<Step> steps_;
  Tag tag_{};
};

}  // namespace dmw::dicom
