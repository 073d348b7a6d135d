// The directories that the objects of studies lie in: `studies/000` to `studies/fff`.
#pragma once

#include <string>

#include "base/format.h"

namespace dmw::store {

inline constexpr int shard_count = 4096;

inline std::string shard_directory(int shard) {
  return format("studies/{:03x}", shard);
}

}  // namespace dmw::store
