#include "inbox/spool_directory.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/uuid.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

constexpr unsigned directory_count = 16;
constexpr std::uint64_t cached_bytes_max = 32U * 1024U;

/// Whether fsync of a new file also makes its name durable. True for XFS, and ext4 with or without a journal.
Result<bool> fsync_carries_name(const fs::path& directory) {
  constexpr long xfs_magic = 0x58465342;
  struct statfs info{};
  if (::statfs(directory.c_str(), &info) != 0) return fail_errno(errno, "statfs " + directory.string());
  return info.f_type == EXT4_SUPER_MAGIC || info.f_type == xfs_magic;
}

Result<> add_entries(const fs::path& directory, const std::string& below, std::vector<SpoolEntry>& entries) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    struct stat info{};
    if (::lstat(entry->path().c_str(), &info) != 0) {
      if (errno == ENOENT) continue;  // removed in the meantime
      return fail_errno(errno, "stat " + entry->path().string());
    }
    if (S_ISDIR(info.st_mode)) continue;
    const auto seconds = static_cast<MicrosUtc>(info.st_mtim.tv_sec);
    entries.push_back({below + entry->path().filename().string(), S_ISREG(info.st_mode),
                       seconds * 1'000'000 + info.st_mtim.tv_nsec / 1'000});
  }
  if (error) return fail_errno(error.value(), "list " + directory.string());
  return {};
}

}  // namespace

Result<std::vector<SpoolEntry>> entries_of_spool(const fs::path& root) {
  std::vector<SpoolEntry> entries;
  TRY(add_entries(root, "", entries));
  for (unsigned number = 0; number < directory_count; ++number) {
    const std::string name = format("{:x}", number);
    TRY(add_entries(root / name, name + "/", entries));
  }
  return entries;
}

SpoolDirectory::SpoolDirectory(fs::path root, bool fsync_carries_name)
    : root_(std::move(root)), fsync_carries_name_(fsync_carries_name), boot_(Uuid::random().text().substr(0, 18)) {}

Result<std::unique_ptr<SpoolDirectory>> SpoolDirectory::open(const fs::path& root) {
  for (unsigned number = 0; number < directory_count; ++number) TRY(make_directories(root / format("{:x}", number)));
  TRY(sync_directory(root));
  TRY(sync_directory(root.parent_path()));
  const bool carries = TRY(fsync_carries_name(root));
  return std::unique_ptr<SpoolDirectory>(new SpoolDirectory(root, carries));
}

fs::path SpoolDirectory::new_name() {
  const std::uint64_t number = counter_++;
  return root_ / unfinished_name(format("{:x}/{}-{}", number % directory_count, boot_, number));
}

Result<File> SpoolDirectory::nameless() {
  Result<File> file = File::open(root_, O_RDWR | O_TMPFILE, 0600);
  if (file) return file;
  // Not every file system supports unnamed files. A kill before the unlink leaves an unfinished name, which the next
  // start removes.
  const TemporaryName name(new_name());
  return File::open(name.path(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

Result<SpoolFile> SpoolDirectory::create(const store::DatasetLocator& locate, Room room) {
  fs::path path = new_name();
  File file = TRY(File::open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
  return SpoolFile(std::move(path), std::move(file), locate, std::move(room));
}

Result<> SpoolDirectory::name_whole(SpoolFile& file, const HeaderReading& header, const std::optional<Uuid>& replay_of,
                                    const Uuid& correlation_id) const {
  const fs::path& path = file.name_.path();
  const std::string stem(stem_of(path.filename().native()));
  TRY(file.name_.move_to(path.parent_path() /
                         text_of(spool_name(stem, file.fingerprint(), header, replay_of, correlation_id))));
  crash_point("inbox.after_rename");
  return {};
}

Result<> SpoolDirectory::make_durable(SpoolFile& file) const {
  crash_point("inbox.before_fsync");
  TRY(file.writer_.file().sync());
  if (!fsync_carries_name_) TRY(sync_directory(file.name_.path().parent_path()));
  // A large file is not read again here, and would only displace other data in the page cache.
  if (file.size() > cached_bytes_max) ::posix_fadvise(file.file().descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  return {};
}

Result<> SpoolDirectory::sync_names() const {
  for (unsigned number = 0; number < directory_count; ++number) TRY(sync_directory(root_ / format("{:x}", number)));
  return {};
}

std::string SpoolDirectory::name_of(const fs::path& file) const {
  return file.parent_path().filename().string() + "/" + file.filename().string();
}

}  // namespace dmw::inbox
