// Object files of a local store: placing a spool file, checking and reading an object. Nothing is durable before a sync
// by the caller.
#pragma once

#include <filesystem>

#include "store/local/layout.h"
#include "store/object_store.h"

namespace dmw::store::local {

enum class Placed {
  made,  ///< the object was created
  same,  ///< the object existed
};

struct Placement {
  Placed how = Placed::made;
  Stored stored;
};

/// Makes the file `item.file` the object at `target`: as a second name of the same file, or as a copy if that is
/// impossible. Errors: unavailable, full, corrupted (as ObjectStore::put).
Result<Placement> place(const Put& item, const std::filesystem::path& target, const Layout& layout,
                        const DatasetLocator& locate);

/// Opens an object; never follows a symbolic link. Errors: not_found, corrupted (not a regular file), unavailable.
Result<File> open_object(const std::filesystem::path& path);

/// Errors: unavailable, and those of `sink`.
Result<> read_range(const File& file, ByteRange range, const ByteSink& sink);

/// Converts an error of the operating system for callers of a store (own_storage_error()). That includes a missing
/// folder of the store; only the opening of an object reports a missing object.
std::unexpected<Error> away(Error error);

}  // namespace dmw::store::local
