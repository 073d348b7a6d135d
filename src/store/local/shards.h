// The directories that objects lie in, made when the first object of each comes: 4,096 at the start would take seconds.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "base/result.h"

namespace dmw::store::local {

/// Any thread.
class Shards {
 public:
  /// `durable`: those that are there.
  explicit Shards(std::set<std::filesystem::path> durable) : durable_(std::move(durable)) {}

  /// True while it is not known to be durable: whoever names something in it flushes its parent as well, and says so
  /// then. One that was there and is gone is not made again: what lay in it is gone too, and a store that loses objects
  /// is not to look whole. Errors: full, not_found (the parent is gone), internal.
  Result<bool> make(const std::filesystem::path& directory);
  /// Its parent was flushed after make().
  void is_durable(const std::filesystem::path& directory);

 private:
  std::mutex mutex_;
  std::set<std::filesystem::path> durable_;
};

}  // namespace dmw::store::local
