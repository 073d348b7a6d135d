// TreeWalk: the files below a folder, one at a time, without recursion and without leaving the folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/result.h"

namespace dmw::sources {

/// What shows that a file has changed, on any file system.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  auto operator<=>(const FileStamp&) const = default;
};

FileStamp stamp_of(const struct stat& status);
/// Of an open file. Errors: unsupported (no regular file), internal.
Result<FileStamp> stamp_of(int descriptor);

struct FoundFile {
  std::string relative;  // below the folder of the walk
  FileStamp stamp{};
};

/// Symbolic links below the folder are passed over, whatever they point to, so that the walk ends and stays inside;
/// the folder itself may be a link. One thread.
class TreeWalk {
 public:
  /// `enter` says whether a folder, named relative to `root`, is read; files are for the caller to judge.
  explicit TreeWalk(
      std::filesystem::path root,
      std::function<bool(const std::string& relative)> enter = [](const std::string&) { return true; });

  /// The next file, in no order; nothing at the end. After an error the walk goes on with the next folder.
  /// Errors: too_deep (a folder more than 64 below the root), not_found, full, internal: a folder cannot be read; the
  /// sentence does not name it, at() does.
  Result<std::optional<FoundFile>> next();

  /// The folder that is being read, relative to the root; empty for the root itself.
  const std::string& at() const { return folder_.relative; }
  std::uint64_t links() const { return links_; }

 private:
  struct Folder {
    std::string relative;
    std::size_t depth = 0;
  };
  Result<> open(Folder folder);
  /// Nothing for what is no file, and for what has gone since its name was read.
  std::optional<FoundFile> look_at(const std::string& name);

  const std::filesystem::path root_;
  const std::function<bool(const std::string&)> enter_;
  std::vector<Folder> waiting_;
  Folder folder_;
  std::filesystem::directory_iterator names_;
  std::uint64_t links_ = 0;
};

}  // namespace dmw::sources
