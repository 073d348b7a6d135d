// TreeWalk: the files below a folder, one at a time, without recursion and without leaving the folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dirent.h>

#include "base/result.h"
#include "sources/files/folder_tree.h"

namespace dmw::sources {

struct FoundFile {
  std::string relative;  // below the folder of the walk
  FileStamp stamp{};
};

/// Symbolic links below the folder are skipped, so that the walk ends and stays inside. One thread.
class TreeWalk {
 public:
  /// `tree` outlives it. `enter` says whether a folder, named relative to its root, is read; files are for the caller
  /// to judge.
  explicit TreeWalk(
      const FolderTree& tree,
      std::function<bool(const std::string& relative)> enter = [](const std::string&) { return true; });

  /// The next file, in no particular order; nullopt at the end. After an error the walk continues with the next folder.
  /// Errors: too_deep (a folder more than 64 below the root), not_found, unsupported, full, internal: a folder cannot
  /// be read; the sentence does not name it, at() does.
  Result<std::optional<FoundFile>> next();

  /// The folder that is being read, relative to the root; empty for the root itself.
  const std::string& at() const { return folder_.relative; }
  std::uint64_t links() const { return links_; }

 private:
  struct Folder {
    std::string relative;
    std::size_t depth = 0;
  };
  struct CloseFolder {
    void operator()(DIR* names) const { ::closedir(names); }
  };
  Result<> open(Folder folder);
  /// Nullopt if it is not a file, or has disappeared since its name was read.
  std::optional<FoundFile> look_at(const std::string& name);

  const FolderTree& tree_;
  const std::function<bool(const std::string&)> enter_;
  std::vector<Folder> waiting_;
  Folder folder_;
  std::unique_ptr<DIR, CloseFolder> names_;  // entries of the current folder
  std::uint64_t links_ = 0;
};

}  // namespace dmw::sources
