// dmw::format: formatted text, because g++ 12 has no std::format.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace dmw {
using fmt::format;

/// "1 file", "2 files", "0 studies".
std::string counted(std::integral auto count, std::string_view noun) {
  if (count == 1) return format("1 {}", noun);
  if (noun.ends_with('y')) return format("{} {}ies", count, noun.substr(0, noun.size() - 1));
  return format("{} {}s", count, noun);
}

}  // namespace dmw
