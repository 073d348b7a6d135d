// A store in a directory. A put gives a file of the spool, which lies on the same file system, a second name; many
// puts share one syncfs. All directories are made when the store is opened.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/mount_table.h"
#include "store/object_store.h"

namespace dmw::store::local {

struct Options {
  std::filesystem::path root;
  DatasetLocator locate;
  /// Of the store that has to be there, where somebody knows it; empty: a new one may be made.
  std::string expected_id{};
  /// No new store is made below a mount point of it on which nothing is mounted.
  MountTable mounts{};
};

/// Errors: internal, full (the directories cannot be made or written); unavailable: a store has to be there and none
/// is, or one would be made below its mount point, so its volume is not mounted, and nothing was made.
Result<std::unique_ptr<ObjectStore>> open(const Options& options);

/// Only to list and read from: nothing below the root is made or changed. Errors: not_found (there is no store yet),
/// internal.
Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options);

}  // namespace dmw::store::local
