// The lock of an inbox: one directory belongs to one process. The kernel releases the lock when the process ends, in
// whatever way.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"

namespace dmw::inbox {

/// Holds `<directory>/lock` until it is destroyed. Errors: conflict (names the process that has it), internal.
Result<File> lock_directory(const std::filesystem::path& directory);

/// The process that holds the lock; nullopt if there is none, or it is unknown. Reads /proc and does not touch the
/// lock, so that a start at the same time is not refused.
std::optional<std::string> holder_of_directory(const std::filesystem::path& directory);

/// Checks that the lock file at the path is the one that we hold. If it is not, the volume was unmounted or replaced,
/// and our open files are no longer those at the path. Errors: unavailable.
Result<> check_lock(const File& held, const std::filesystem::path& directory);

}  // namespace dmw::inbox
