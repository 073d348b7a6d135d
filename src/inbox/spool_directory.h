// The spool: the files of received instances, spread over 16 directories below `spool/`. Their names: spool_name.h.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "inbox/spool_file.h"
#include "inbox/spool_name.h"

namespace dmw::inbox {

/// An entry of the spool.
struct SpoolEntry {
  std::string name;  // below the root: "3/…"
  bool is_file = false;
  MicrosUtc written_at = 0;
};

/// All entries except directories, in the root and in the directories of files. Errors: internal.
Result<std::vector<SpoolEntry>> entries_of_spool(const std::filesystem::path& root);

/// Any thread.
class SpoolDirectory {
 public:
  /// Creates the directories and syncs them. Errors: full, internal.
  static Result<std::unique_ptr<SpoolDirectory>> open(const std::filesystem::path& root);

  /// Errors: full, internal.
  Result<SpoolFile> create(const store::DatasetLocator& locate, Room room = {});
  /// A file without a name on the disk of the spool. Errors: full, internal.
  Result<File> nameless();
  /// Renames a complete file to its final name. Errors: full, internal.
  Result<> name_whole(SpoolFile& file, const HeaderReading& header, const std::optional<Uuid>& replay_of,
                      const Uuid& correlation_id) const;
  /// Syncs the file and, if that does not include the file's name, its directory. Do not call it again after a failure:
  /// the kernel has dropped the pages, and a second fsync would wrongly succeed. Errors: full, internal.
  Result<> make_durable(SpoolFile& file) const;
  /// Syncs the directories, so that all created and removed names are durable. Errors: internal.
  Result<> sync_names() const;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path_of(std::string_view name) const { return root_ / name; }
  std::string name_of(const std::filesystem::path& file) const;

 private:
  /// A path that was never used before.
  std::filesystem::path new_name();

  SpoolDirectory(std::filesystem::path root, bool fsync_carries_name);

  const std::filesystem::path root_;
  const bool fsync_carries_name_;
  const std::string boot_;  // random, so that no name of an earlier start is used again
  std::atomic<std::uint64_t> counter_ = 0;
};

}  // namespace dmw::inbox
