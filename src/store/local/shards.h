// Shards: the directories of objects. Each is created with its first object, because creating 4,096 at the start would
// take seconds.
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
  /// `durable`: the existing ones.
  explicit Shards(std::set<std::filesystem::path> durable) : durable_(std::move(durable)) {}

  /// Creates the directory if necessary. Returns true while it may not be durable: the caller then also flushes its
  /// parent, and calls is_durable(). A directory that existed and is gone is not created again, because its
  /// objects are gone too, and the loss must be visible. Errors: full, not_found (the parent is gone), internal.
  Result<bool> make(const std::filesystem::path& directory);
  /// Notes that the parent was flushed after make().
  void is_durable(const std::filesystem::path& directory);

 private:
  std::mutex mutex_;
  std::set<std::filesystem::path> durable_;
};

}  // namespace dmw::store::local
