// Names for moved files: the old name, with a number if it exists already, and never longer than a file system allows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dmw::sources {

/// NAME_MAX of common file systems, in bytes.
inline constexpr std::size_t name_bytes_max = 255;

/// `name` with the number before its extension; `number` 1 adds none. If the result is longer than `bytes_max`, the
/// part before the number is shortened at a UTF-8 character.
std::string numbered_name(std::string_view name, int number, std::size_t bytes_max);

}  // namespace dmw::sources
