// Filing: where the files of a watched folder go when they are through: `done/`, or `failed/` with the reason in a text
// file beside them. Their sub-folders are kept; a name that is taken gets a number.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "sources/folder/tree_walk.h"

namespace dmw::sources {

/// Any thread.
class Filing {
 public:
  static constexpr std::string_view done_folder = "done";
  static constexpr std::string_view failed_folder = "failed";

  /// A file that was moved: where it lay, as what, and where it lies now.
  struct Filed {
    FoundFile file{};
    std::filesystem::path at{};
  };

  /// `stop`: a copy that is under way then ends, and nothing has moved.
  explicit Filing(std::filesystem::path root, std::stop_token stop = {})
      : root_(std::move(root)), stop_(std::move(stop)) {}

  /// Makes both folders. Errors: unavailable (they cannot be made, or not be written to).
  Result<> prepare() const;
  /// Nothing: it is not as `file` says, since somebody still writes to it, and lies where it lay. From another file
  /// system (a share that is mounted below the folder) it is copied, durably, and then removed there.
  /// Errors, after which it lies where it lay: not_found (it has gone by itself), full, internal, cancelled. No
  /// sentence has a name in it.
  Result<std::optional<Filed>> done(const FoundFile& file);
  /// The reason is written first, so that a file in `failed/` has one, and goes again when the file cannot be moved.
  Result<std::optional<Filed>> failed(const FoundFile& file, std::string_view reason);
  /// Where somebody went on writing into a file after it was moved, moves it back below the root, under its name or one
  /// with a number. True: it did. Errors: those of a move.
  Result<bool> take_back_if_changed(const Filed& filed);

 private:
  /// A free name below `folder`, its directories made.
  Result<std::filesystem::path> free_name(std::string_view folder, const std::string& relative) const;
  Result<std::optional<Filed>> move(const FoundFile& file, const std::filesystem::path& to) const;
  /// As take_back_if_changed().
  Result<bool> look_again(const Filed& filed) const;
  /// The stamp of the copy; nothing when the original is not as `stamp` says.
  Result<std::optional<FileStamp>> move_across(const std::filesystem::path& from, const FileStamp& stamp,
                                               const std::filesystem::path& to) const;
  Result<> copy(const File& from, File& to) const;

  const std::filesystem::path root_;
  const std::stop_token stop_;
  std::mutex mutex_;  // between a name that was free and the file that takes it
};

}  // namespace dmw::sources
