// Whether a file system keeps the order in which names change.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::store::local {

/// True where every change of a name goes to one journal, in order: XFS, and ext4 that has a journal. There the sync of
/// a directory makes durable what changed in it, and every change of a name anywhere that came before. False where
/// nobody says so.
/// Facts: Linux Documentation/filesystems/ext4/journal.rst; Documentation/ABI/testing/sysfs-fs-ext4 (journal_task).
Result<bool> keeps_order_of_names(const std::filesystem::path& path);

}  // namespace dmw::store::local
