// Journal: finds out whether a file system keeps the order of changes of names.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::store::local {

/// True if all changes of names go to one journal, in their order: XFS, and ext4 with a journal. There the sync of a
/// directory makes its changes durable, and all earlier changes of names in the file system. False if that is not
/// known. Facts: Linux Documentation/filesystems/ext4/journal.rst; Documentation/ABI/testing/sysfs-fs-ext4
/// (journal_task).
Result<bool> keeps_order_of_names(const std::filesystem::path& path);

}  // namespace dmw::store::local
