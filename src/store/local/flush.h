// Flush: makes the new names of a batch durable, and reports failures. If a directory cannot be flushed, only the names
// in it count as failed; the others are durable.
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
  /// `root`: the root of the store. `ordered_names`: see keeps_order_of_names().
  Flush(std::filesystem::path root, bool ordered_names) : root_(std::move(root)), ordered_(ordered_names) {}

  /// Notes that `directory` was created and may not be durable.
  void made(const std::filesystem::path& directory) { made_.insert(directory); }
  /// Notes a new name in `directory`, from this try or from an earlier one that may have ended before its flush.
  void named(const std::filesystem::path& directory, bool since_now);
  /// Flushes up to `singles_max` directories one by one, and more with one flush of the file system. If that fails (for
  /// example, because of a bad block elsewhere), the directories are flushed one by one.
  void run(std::size_t singles_max);

  /// After run(): the reason why no name in `directory` counts as durable.
  std::optional<Error> failure_in(const std::filesystem::path& directory) const;
  /// After run(): the created directories that are durable.
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
  std::map<std::filesystem::path, std::optional<Error>> flushed_;  // one by one, with the result
};

}  // namespace dmw::store::local
