// dmw::format: the formatting of the project (std::format is not in g++ 12).
#pragma once

#include <fmt/format.h>

namespace dmw {
using fmt::format;
}  // namespace dmw
