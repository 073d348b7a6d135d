// Filing: where the files of a watched folder go when they are through: `done/`, or `failed/` with the reason in a text
// file beside them. Their sub-folders are kept; a name that is taken gets a number. Whoever may write into the folder
// decides nothing about where a file goes: no link is followed on the way.
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

  /// A file that was moved: where it lay, as what, and where it lies now, relative to the root too.
  struct Filed {
    FoundFile file{};
    std::string at{};
  };

  /// `stop`: a copy that is under way then ends, and nothing has moved.
  explicit Filing(std::stop_token stop = {}) : stop_(std::move(stop)) {}

  /// Makes nothing: a folder that is empty because its share is not mounted stays empty.
  /// Errors: unavailable (a folder is no folder, or cannot be made or written to).
  Result<> check(const FolderTree& tree) const;
  /// Nothing: it is not as `file` says, since somebody still writes to it, and lies where it lay. From another file
  /// system (a share that is mounted below the folder) it is copied, durably, and then removed there.
  /// Errors, after which it lies where it lay: not_found (it has gone by itself), unsupported (a link is in the way),
  /// full, internal, cancelled. No sentence has a name in it.
  Result<std::optional<Filed>> done(const FolderTree& tree, const FoundFile& file);
  /// The reason is written first, so that a file in `failed/` has one, and goes again when the file cannot be moved.
  Result<std::optional<Filed>> failed(const FolderTree& tree, const FoundFile& file, std::string_view reason);
  /// Where somebody went on writing into a file after it was moved, moves it back below the root, under its name or one
  /// with a number. True: it did. Errors: those of a move.
  Result<bool> take_back_if_changed(const FolderTree& tree, const Filed& filed);

 private:
  /// A name in an open folder.
  struct Place {
    File folder;
    std::string relative;  // of the folder
    std::string name;
  };
  /// A free name below `folder`, its folders made, with so many bytes left for what is added to it.
  static Result<Place> free_place(const FolderTree& tree, std::string_view folder, std::string_view relative,
                                  std::string_view addition);
  Result<std::optional<Filed>> move(const FolderTree& tree, const FoundFile& file, const Place& to) const;
  /// As take_back_if_changed().
  static Result<bool> look_again(const FolderTree& tree, const Filed& filed);
  /// The stamp of the copy; nothing when the original is not as `file` says.
  Result<std::optional<FileStamp>> move_across(const FolderTree& tree, const File& from, const FoundFile& file,
                                               const Place& to) const;
  Result<> copy(const File& from, File& to) const;

  const std::stop_token stop_;
  std::mutex mutex_;  // between a name that was free and the file that takes it
};

}  // namespace dmw::sources
