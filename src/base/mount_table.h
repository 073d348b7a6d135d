// MountTable: whether a path lies below a mount point on which nothing is mounted. A folder that is made there fills
// the disk of the mount point, and is hidden as soon as the volume is mounted.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace dmw {

/// The files that say what should be mounted, and what is (fstab(5), proc_pid_mountinfo(5)).
struct MountTable {
  std::filesystem::path wanted = "/etc/fstab";
  std::filesystem::path mounted = "/proc/self/mountinfo";

  /// The mount point of `wanted` that is nearest above `path`, or `path` itself, where neither it nor anything between
  /// the two is mounted. `path` need not exist. Nothing where all is as it should be, or the files cannot be read.
  std::optional<std::filesystem::path> unmounted_above(const std::filesystem::path& path) const;
};

/// Errors: unavailable (`path`, of `setting`, would be made below a mount point on which nothing is mounted).
Result<> check_mounted(const MountTable& table, const std::filesystem::path& path, std::string_view setting);

}  // namespace dmw
