// The spool: files of instances on their way in, spread over 16 directories below `spool/`.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "inbox/spool_file.h"

namespace dmw::inbox {

/// Any thread.
class SpoolDirectory {
 public:
  /// Makes the directories, durably. Errors: full, internal.
  static Result<std::unique_ptr<SpoolDirectory>> open(const std::filesystem::path& root);

  /// Errors: full, internal.
  Result<SpoolFile> create(const store::DatasetLocator& locate, Room room = {});
  /// A file without a name on the disk of the spool. Errors: full, internal.
  Result<File> nameless();
  /// fsync of the file and, where that does not carry the file's name along, of its directory. A failure is final: the
  /// kernel has dropped the pages, so a second call would lie. Errors: full, internal.
  Result<> make_durable(SpoolFile& file) const;
  /// Unlinks every file that `is_known` does not know by its name below the root. Errors: internal.
  Result<> sweep(const std::function<bool(std::string_view name)>& is_known) const;

  std::filesystem::path path_of(std::string_view name) const { return root_ / name; }
  std::string name_of(const std::filesystem::path& file) const;

 private:
  /// Of a file that was never there.
  std::filesystem::path new_name();

  SpoolDirectory(std::filesystem::path root, bool fsync_carries_name);

  const std::filesystem::path root_;
  const bool fsync_carries_name_;
  const std::string boot_;  // random: no name of an earlier life is used again
  std::atomic<std::uint64_t> counter_ = 0;
};

}  // namespace dmw::inbox
