// Names for files that are moved: as they were, with a number where another file has the name, and never longer than a
// file system takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dmw::sources {

/// NAME_MAX of the file systems that there are, in bytes.
inline constexpr std::size_t name_bytes_max = 255;

/// `name` with the number before its extension; `number` 1: without one. Where that would be longer than `bytes_max`,
/// the part before them is cut, between two characters of UTF-8.
std::string numbered_name(std::string_view name, int number, std::size_t bytes_max);

}  // namespace dmw::sources
