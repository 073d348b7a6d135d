// Where the file system is mounted that a folder lies on.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::sources {

/// The upmost folder above `path`, or `path` itself, that is of the same mount; links are resolved. A mount that comes
/// or goes in between changes it, whatever number its device gets. Errors: not_found, internal.
Result<std::filesystem::path> mount_point_of(const std::filesystem::path& path);

/// Where a folder was mounted when it was seen last, in a file that outlives the program.
struct MountNote {
  std::filesystem::path folder;
  std::filesystem::path mount_point;
};
/// Empty where there is none, or one that nobody can read. Errors: those of the disk.
Result<MountNote> read_mount_note(const std::filesystem::path& file);
/// Durable when it returns. Errors: full, internal.
Result<> write_mount_note(const std::filesystem::path& file, const MountNote& note);

/// Whether `inner` is `outer` or lies in it; both as they are written.
bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer);

}  // namespace dmw::sources
