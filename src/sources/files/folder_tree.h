// FolderTree: a folder into which strangers may write, opened once. Everything below it is reached from its descriptor,
// one name after another, and no symbolic link is followed: a name that was a folder when it was looked at and is a
// link when it is used leads nowhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/file.h"
#include "base/result.h"

namespace dmw::sources {

/// What shows that a file has changed, on any file system. The number of a device is not in it, which is new each time
/// a share is mounted, nor that of an inode, which some network file systems make up as they go.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  auto operator<=>(const FileStamp&) const = default;
};

FileStamp stamp_of(const struct stat& status);
/// Of an open file. Errors: unsupported (no regular file), internal.
Result<FileStamp> stamp_of(int descriptor);

/// Any thread. Names are relative to the root, without `.` and `..` in them; empty: the root itself.
/// While it is open its file system cannot be unmounted: open one for each look.
class FolderTree {
 public:
  /// openat2: the kernel walks a name. by_name: we do, for kernels before 5.6, and for names that are too long for it.
  enum class Walk { openat2, by_name };

  /// The root may be a link: whoever named it wanted that. Errors: not_found, unsupported (no folder), internal.
  static Result<FolderTree> open(const std::filesystem::path& root, Walk walk = Walk::openat2);

  /// Errors, of all that follow: not_found, unsupported (a link, or no folder, is in the way), full, internal. No
  /// sentence has a name in it.
  Result<File> folder(std::string_view relative) const;
  /// As folder(), and makes what is missing.
  Result<File> make_folder(std::string_view relative) const;
  /// To read from. Never waits: for a pipe under that name it is unsupported.
  Result<File> file(std::string_view relative) const;

  /// Of the root, as long as it is mounted.
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

/// What stands before the last slash, and what behind it.
std::string_view folder_of(std::string_view relative);
std::string_view name_of(std::string_view relative);

}  // namespace dmw::sources
