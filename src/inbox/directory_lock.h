// The lock of an inbox: one directory belongs to one process, and the kernel lets go of it however the process ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"

namespace dmw::inbox {

/// Holds `<directory>/lock` until it is destroyed. Errors: conflict (says which process has it), internal.
Result<File> lock_directory(const std::filesystem::path& directory);

/// The process that holds the lock; nothing when none does, or the kernel does not tell. The lock is not touched, so
/// that a start beside it is not refused.
std::optional<std::string> holder_of_directory(const std::filesystem::path& directory);

/// Whether it is the lock that we hold that has the name there. Where it is not, the volume was unmounted, whatever
/// lies at its path now, and what we have open is not what a path leads to. Errors: unavailable.
Result<> check_lock(const File& held, const std::filesystem::path& directory);

}  // namespace dmw::inbox
