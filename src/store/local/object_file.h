// The files of a local store, one at a time: how a spool file takes its place, what an object holds, how it is read.
// Nothing here is durable before a sync by the caller.
#pragma once

#include <filesystem>

#include "store/local/layout.h"
#include "store/object_store.h"

namespace dmw::store::local {

enum class Placed {
  made,  ///< the object has its name now
  same,  ///< it was there
};

struct Placement {
  Placed how = Placed::made;
  Stored stored;
};

/// Makes the bytes of `item.file` the object at `target`: a second name of the same file, or a copy where that cannot
/// be. Errors: unavailable, full, corrupted (as ObjectStore::put).
Result<Placement> place(const Put& item, const std::filesystem::path& target, const Layout& layout,
                        const DatasetLocator& locate);

/// Never follows a symbolic link. Errors: not_found, corrupted (not a regular file), unavailable.
Result<File> open_object(const std::filesystem::path& path);

/// Errors: unavailable, and those of `sink`.
Result<> read_range(const File& file, ByteRange range, const ByteSink& sink);

/// What the operating system says, as a caller of a store sees it: see own_storage_error(). Also what is not there and
/// has to be: whether an object is there is said where it is opened.
std::unexpected<Error> away(Error error);

}  // namespace dmw::store::local
