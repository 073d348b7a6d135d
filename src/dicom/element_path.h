// ElementPath: where an element is in a dataset, as text: its tag, behind the tags and the items (from 1) of the
// sequences that it lies in: "00420011", "00400555.1.00420011".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/header.h"

namespace dmw::dicom {

/// Its value is bytes, at least one.
bool has_bytes(const Element& element);
/// Its values are of several bytes, in big endian.
bool is_swapped(const Element& element);
/// Each value of several bytes the other way round; what is left over at the end stays.
void swap_values(std::span<char> bytes, Vr vr);

class ElementPath {
 public:
  /// Nothing for every other text: digits of tags are upper case, items have no leading zeros, and no dataset is deeper
  /// than depth_max.
  static std::optional<ElementPath> parse(std::string_view text);

  /// The first one there; null where there is none. `elements` as in Header.
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
