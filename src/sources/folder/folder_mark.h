// FolderMark: a file in a watched folder that names the installation which moves files out of it. Two installations at
// one folder would each get a part of its files, and neither would notice.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/uuid.h"
#include "sources/files/folder_tree.h"

namespace dmw::sources {

/// One thread.
class FolderMark {
 public:
  static constexpr std::string_view file_name = ".dicom-middleware";

  /// What a mark says. Replicas that share a catalog are one installation.
  struct Installation {
    Uuid id;            // of its catalog
    std::string place;  // for people: "host:/data/inbox"
  };
  struct Options {
    /// Nothing while the catalog has never been open. Null: the folder is neither marked, nor is a mark looked at.
    std::function<std::optional<Uuid>()> catalog_id{};
    std::string place{};
    std::filesystem::path note{};  // keeps the id for the next life, whose catalog may be away at its start
  };

  explicit FolderMark(Options options) : options_(std::move(options)) {}

  /// Before a look. Errors: unavailable (it is another installation's, or nobody knows yet whether it is).
  Result<> check(const FolderTree& tree, const std::filesystem::path& root);
  /// Before the first file is moved, so that an empty mount point stays empty. After check(). A success also while the
  /// catalog has never been open. Errors: unavailable (another installation was faster, or is marking it now), those of
  /// the disk.
  Result<> set(const FolderTree& tree, const std::filesystem::path& root);

  /// Nothing where there is none, or one that was cut by a crash. Errors: unsupported (a link, or no file), internal.
  static Result<std::optional<Installation>> read(const FolderTree& tree);
  /// The id that the note of an installation has.
  static std::optional<Uuid> read_note(const std::filesystem::path& note);

 private:
  std::optional<Uuid> our_id();

  const Options options_;
  std::optional<Uuid> id_;
  bool is_ours_ = false;  // the mark, at the last check
};

}  // namespace dmw::sources
