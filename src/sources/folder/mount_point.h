// The mount point of a folder.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::sources {

/// The topmost folder at or above `path` that belongs to the same mount; links are resolved. The result changes if a
/// mount in between appears or disappears, even with the same device number. Errors: not_found, internal.
Result<std::filesystem::path> mount_point_of(const std::filesystem::path& path);

/// The last known mount point of a folder, saved in a file.
struct MountNote {
  std::filesystem::path folder;
  std::filesystem::path mount_point;
};
/// Empty if there is none, or it cannot be read. Errors: those of the disk.
Result<MountNote> read_mount_note(const std::filesystem::path& file);
/// Writes and syncs the note. Errors: full, internal.
Result<> write_mount_note(const std::filesystem::path& file, const MountNote& note);

/// Whether `inner` is `outer` or inside it, by comparing the paths as text.
bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer);

}  // namespace dmw::sources
