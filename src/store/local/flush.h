// Flush: makes durable what a batch has named, and tells where that failed. One directory that cannot be flushed fails
// what was named in it; the rest of the batch is durable all the same.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/result.h"

namespace dmw::store::local {

/// One batch.
class Flush {
 public:
  /// `root`: of the store. `ordered_names`: see keeps_order_of_names().
  Flush(std::filesystem::path root, bool ordered_names) : root_(std::move(root)), ordered_(ordered_names) {}

  /// `directory` was made, and is not known to be durable.
  void made(const std::filesystem::path& directory) { made_.insert(directory); }
  /// Something in `directory` has its name: since now, or since an earlier try that may have ended before its flush.
  void named(const std::filesystem::path& directory, bool since_now);
  /// At most `singles_max` directories are flushed one by one, more by one flush of the file system. Where that one
  /// fails, as by a bad block of somebody else's, they are flushed one by one after all.
  void run(std::size_t singles_max);

  /// After run(): why nothing that was named in `directory` counts as durable.
  std::optional<Error> failure_in(const std::filesystem::path& directory) const;
  /// After run(): the directories that were made and are durable.
  std::vector<std::filesystem::path> durable_now() const;

 private:
  struct Named {
    std::filesystem::path directory;
    bool since_now = false;
  };

  std::vector<std::filesystem::path> needed() const;
  void flush(const std::filesystem::path& directory);
  void flush_each();

  std::filesystem::path root_;
  bool ordered_;
  std::vector<Named> named_;  // each directory once, in the order of the last name in it
  std::set<std::filesystem::path> made_;
  std::map<std::filesystem::path, std::optional<Error>> flushed_;  // one by one, with what came of it
};

}  // namespace dmw::store::local
