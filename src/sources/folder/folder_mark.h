// FolderMark: a file in a watched folder with the name of the installation that moves its files. Without it two
// installations could each get a part of the files without noticing.
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

  /// The content of a mark. Replicas that share a catalog are one installation.
  struct Installation {
    Uuid id;            // id of its catalog
    std::string place;  // for people: "host:/data/inbox"
  };
  struct Options {
    /// Returns nullopt until the catalog was open once. Null: marks are neither written nor checked.
    std::function<std::optional<Uuid>()> catalog_id{};
    std::string place{};
    std::filesystem::path note{};  // keeps the id for the next start, which may have no catalog
  };

  explicit FolderMark(Options options) : options_(std::move(options)) {}

  /// Call it before a scan. Errors: unavailable (the folder belongs to another installation, or this is not known yet).
  Result<> check(const FolderTree& tree, const std::filesystem::path& root);
  /// Writes the mark. Call it after check(), before the first file is moved, so that an empty mount point stays empty.
  /// Succeeds without writing until the catalog was open once. Errors: unavailable (another installation was faster, or
  /// is marking it now), those of the disk.
  Result<> set(const FolderTree& tree, const std::filesystem::path& root);

  /// Nullopt if there is none, or a crash has cut it. Errors: unsupported (a link, or no file), internal.
  static Result<std::optional<Installation>> read(const FolderTree& tree);
  /// The catalog id in the note of an installation.
  static std::optional<Uuid> read_note(const std::filesystem::path& note);

 private:
  std::optional<Uuid> our_id();

  const Options options_;
  std::optional<Uuid> id_;
  bool is_ours_ = false;  // the mark was ours at the last check
};

}  // namespace dmw::sources
