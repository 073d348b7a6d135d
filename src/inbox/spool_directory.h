// The spool: files of instances on their way in, spread over 16 directories below `spool/`. What their names say:
// spool_name.h.
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

/// Something that lies in the spool.
struct SpoolEntry {
  std::string name;  // below the root: "3/…"
  bool is_file = false;
  MicrosUtc written_at = 0;
};

/// All that there is, of any kind, but directories: in the root and in the directories of files. Errors: internal.
Result<std::vector<SpoolEntry>> entries_of_spool(const std::filesystem::path& root);

/// Any thread.
class SpoolDirectory {
 public:
  /// Makes the directories, durably. Errors: full, internal.
  static Result<std::unique_ptr<SpoolDirectory>> open(const std::filesystem::path& root);

  /// Errors: full, internal.
  Result<SpoolFile> create(const store::DatasetLocator& locate, Room room = {});
  /// A file without a name on the disk of the spool. Errors: full, internal.
  Result<File> nameless();
  /// Renames a file that is finished to the name that says so. Errors: full, internal.
  Result<> name_whole(SpoolFile& file, const HeaderReading& header, const std::optional<Uuid>& replay_of,
                      const Uuid& correlation_id) const;
  /// fsync of the file and, where that does not carry the file's name along, of its directory. A failure is final: the
  /// kernel has dropped the pages, so a second call would lie. Errors: full, internal.
  Result<> make_durable(SpoolFile& file) const;
  /// Makes every name that came or went durable. Errors: internal.
  Result<> sync_names() const;

  const std::filesystem::path& root() const { return root_; }
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
