// A store in a directory. A put gives a file of the spool, which lies on the same file system, a second name; many
// puts share one syncfs. All directories are made when the store is opened.
#pragma once

#include <filesystem>
#include <memory>

#include "store/object_store.h"

namespace dmw::store::local {

struct Options {
  std::filesystem::path root;
  DatasetLocator locate;
};

/// Errors: internal, full (the directories cannot be made or written).
Result<std::unique_ptr<ObjectStore>> open(const Options& options);

/// Only to list and read from: nothing below the root is made or changed. Errors: not_found (there is no store yet),
/// internal.
Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options);

}  // namespace dmw::store::local
