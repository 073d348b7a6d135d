// FolderTree: an open folder into which untrusted users may write. All files below it are opened relative to its
// descriptor, without following symbolic links. So a folder that is replaced by a link between check and use cannot
// lead elsewhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/file.h"
#include "base/result.h"

namespace dmw::sources {

/// The properties by which a change of a file is recognised on any file system. Without the device number, which
/// changes with each mount of a share, and the inode number, which some network file systems invent.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  auto operator<=>(const FileStamp&) const = default;
};

FileStamp stamp_of(const struct stat& status);
/// The stamp of an open file. Errors: unsupported (not a regular file), internal.
Result<FileStamp> stamp_of(int descriptor);

/// Any thread. Names are relative to the root, without `.` and `..` in them; empty: the root itself. While it is open,
/// its file system cannot be unmounted, so open a new one for each scan.
class FolderTree {
 public:
  /// openat2: the kernel resolves the path. by_name: we do it name by name, for kernels before 5.6, and for paths that
  /// are too long.
  enum class Walk { openat2, by_name };

  /// The root may be a link, because the operator has named it. Errors: not_found, unsupported (no folder), internal.
  static Result<FolderTree> open(const std::filesystem::path& root, Walk walk = Walk::openat2);

  /// Opens a folder. Errors of this and the following functions: not_found, unsupported (a link or a file is in the
  /// way), full, internal. The sentences contain no names.
  Result<File> folder(std::string_view relative) const;
  /// As folder(), and creates missing folders.
  Result<File> make_folder(std::string_view relative) const;
  /// Opens a file for reading. Never blocks: a pipe is unsupported.
  Result<File> file(std::string_view relative) const;

  /// Identifies the root while it is mounted.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };
  Result<Identity> identity() const;

 private:
  FolderTree(File root, Walk walk) : root_(std::move(root)), walk_(walk) {}
  /// `flags` as open(2).
  Result<File> open_below(std::string_view relative, int flags) const;

  File root_;
  Walk walk_;
};

/// The parts before and after the last slash.
std::string_view folder_of(std::string_view relative);
std::string_view name_of(std::string_view relative);

}  // namespace dmw::sources
