// Filing: moves imported files of a watched folder to `done/` or `failed/`, with the reason in a text file. Sub-folders
// are kept; if a name exists, a number is added. Users with write access to the folder cannot redirect a move, because
// no link is followed.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "sources/files/folder_tree.h"
#include "sources/files/tree_walk.h"

namespace dmw::sources {

/// Any thread.
class Filing {
 public:
  static constexpr std::string_view done_folder = "done";
  static constexpr std::string_view failed_folder = "failed";

  /// A moved file: its old path and stamp, and its new path, both relative to the root.
  struct Filed {
    FoundFile file{};
    std::string at{};
  };

  /// `stop` aborts a running copy; the file has then not moved.
  explicit Filing(std::stop_token stop = {}) : stop_(std::move(stop)) {}

  /// Creates nothing, so that a folder whose share is not mounted stays empty. Errors: unavailable (a folder is a file,
  /// or cannot be created or written).
  Result<> check(const FolderTree& tree) const;
  /// Moves the file to `done/`. Nullopt: it has changed since `file` was read, and stays. From another file system (a
  /// share mounted below the folder) it is copied and synced, then removed there. Errors, after which it is still in
  /// its place: not_found (it has disappeared), unsupported (a link is in the way), full, internal, cancelled. The
  /// sentences contain no names.
  Result<std::optional<Filed>> done(const FolderTree& tree, const FoundFile& file);
  /// Moves the file to `failed/`. The reason is written first, so that every file there has one, and is removed again
  /// if the file cannot be moved.
  Result<std::optional<Filed>> failed(const FolderTree& tree, const FoundFile& file, std::string_view reason);
  /// If a moved file has changed, moves it back below the root, under its old name or one with a number, and returns
  /// true. Errors: those of a move.
  Result<bool> take_back_if_changed(const FolderTree& tree, const Filed& filed);

 private:
  /// A name in an open folder.
  struct Place {
    File folder;
    std::string relative;  // path of the folder
    std::string name;
  };
  /// A free name below `folder`, with room for `bytes_left` more bytes; creates the folders.
  static Result<Place> free_place(const FolderTree& tree, std::string_view folder, std::string_view relative,
                                  std::string_view addition);
  Result<std::optional<Filed>> move(const FolderTree& tree, const FoundFile& file, const Place& to) const;
  /// As take_back_if_changed().
  static Result<bool> look_again(const FolderTree& tree, const Filed& filed);
  /// The stamp of the copy; nullopt if the original has changed since `file` was read.
  Result<std::optional<FileStamp>> move_across(const FolderTree& tree, const File& from, const FoundFile& file,
                                               const Place& to) const;
  Result<> copy(const File& from, File& to) const;

  const std::stop_token stop_;
  std::mutex mutex_;  // held from the check of a free name until a file has it
};

}  // namespace dmw::sources
