// MountTable: finds paths below a mount point on which nothing is mounted. A folder that is created there fills the
// disk of the mount point, and is hidden as soon as the volume is mounted.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace dmw {

/// The files with the wanted and the present mounts (fstab(5), proc_pid_mountinfo(5)).
struct MountTable {
  std::filesystem::path wanted = "/etc/fstab";
  std::filesystem::path mounted = "/proc/self/mountinfo";

  /// The nearest mount point of `wanted` at or above `path`, if neither it nor a folder between the two is mounted.
  /// `path` need not exist. Nothing if it is mounted, or if the files cannot be read.
  std::optional<std::filesystem::path> unmounted_above(const std::filesystem::path& path) const;
};

/// Checks `path`, the value of `setting`. Errors: unavailable (it is below a mount point on which nothing is mounted).
Result<> check_mounted(const MountTable& table, const std::filesystem::path& path, std::string_view setting);

}  // namespace dmw
