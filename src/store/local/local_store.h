// LocalStore: a store in a directory. A put gives the spool file a second name if both are on one file system; many
// puts share one syncfs.
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
  /// The id of the store that must exist; empty: a new store may be created.
  std::string expected_id{};
  /// No new store is created below a mount point in it on which nothing is mounted.
  MountTable mounts{};
};

/// Opens or creates a store. Errors: internal, full (the directories cannot be created or written); unavailable (the
/// store that must exist does not, or a new one would be below an unused mount point: its volume is not mounted, and
/// nothing was created).
Result<std::unique_ptr<ObjectStore>> open(const Options& options);

/// Opens a store for lists and reads only; changes nothing. Errors: not_found (no store yet), internal.
Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options);

}  // namespace dmw::store::local
