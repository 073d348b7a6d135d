#include "sources/folder/filing.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/format.h"
#include "sources/folder/fitting_name.h"

namespace dmw::sources {
namespace {

constexpr std::size_t copied_at_once = 1U << 20U;
constexpr std::string_view reason_suffix = ".reason.txt";
constexpr const char* moving = "the move of a file";
constexpr int names_max = 100'000;
constexpr unsigned file_mode = 0640;

/// A temporary name in an open folder; the destructor removes it, unless it was released.
class PassingName {
 public:
  /// `folder` outlives it.
  PassingName(const File& folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  PassingName(const PassingName&) = delete;
  PassingName& operator=(const PassingName&) = delete;
  ~PassingName() {
    if (!name_.empty()) ::unlinkat(folder_.descriptor(), name_.c_str(), 0);
  }
  const std::string& get() const { return name_; }
  void change(std::string name) { name_ = std::move(name); }
  void release() { name_.clear(); }

 private:
  const File& folder_;
  std::string name_;
};

std::string reason_of(const std::string& name) {
  return name + std::string(reason_suffix);
}

bool is_there(const File& folder, const std::string& name) {
  struct stat status{};
  return ::fstatat(folder.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Creates a new file. Fails if the name exists, so it never writes through a link or into an existing file.
Result<File> create(const File& folder, const std::string& name) {
  const int created =
      ::openat(folder.descriptor(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode);
  if (created < 0) return fail_errno(errno, "the making of a file in the watched folder");
  return File(created);
}

/// Renames without replacing an existing file, if the file system supports that (NFS does not). Returns an error
/// number, or 0.
int rename_anew(const File& from_folder, const std::string& from, const File& to_folder, const std::string& to) {
  const int from_at = from_folder.descriptor();
  const int to_at = to_folder.descriptor();
  if (::renameat2(from_at, from.c_str(), to_at, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::renameat(from_at, from.c_str(), to_at, to.c_str()) == 0 ? 0 : errno;
}

std::string joined(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.empty()) return std::string(folder) + std::string(name);
  return format("{}/{}", folder, name);
}

/// The same name each time, so that a retry after a kill finds the rest of the previous attempt.
std::string unfinished_name(const FoundFile& file) {
  return format(".{}.part", Sha256::of(as_bytes(file.relative)).hex().substr(0, 32));
}

bool may_write_in(const File& folder) {
  return ::faccessat(folder.descriptor(), ".", W_OK | X_OK, 0) == 0;
}

}  // namespace

Result<> Filing::check(const FolderTree& tree) const {
  for (const std::string_view name : {done_folder, failed_folder}) {
    Result<File> folder = tree.folder(name);
    const bool to_make = !folder && folder.error().code == Errc::not_found;
    if (to_make) folder = tree.folder("");
    if (folder && may_write_in(*folder)) continue;
    return fail(Errc::unavailable,
                format("{}/ in WATCH_PATH cannot be {} ({}); WATCH_KEEP=true needs no folders", name,
                       to_make ? "made" : "written to", folder ? std::strerror(errno) : folder.error().what));
  }
  return {};
}

Result<Filing::Place> Filing::free_place(const FolderTree& tree, std::string_view folder, std::string_view relative,
                                         std::string_view addition) {
  Place place;
  place.relative = joined(folder, folder_of(relative));
  place.folder = TRY(tree.make_folder(place.relative));
  const std::size_t bytes_max = name_bytes_max - addition.size();
  for (int number = 1; number <= names_max; ++number) {
    place.name = numbered_name(name_of(relative), number, bytes_max);
    const bool free = !is_there(place.folder, place.name) &&
                      (addition.empty() || !is_there(place.folder, place.name + std::string(addition)));
    if (free) return place;
  }
  return fail(Errc::full, "too many files of one name in the watched folder");
}

Result<std::optional<Filing::Filed>> Filing::done(const FolderTree& tree, const FoundFile& file) {
  const std::lock_guard lock(mutex_);
  return move(tree, file, TRY(free_place(tree, done_folder, file.relative, "")));
}

Result<std::optional<Filing::Filed>> Filing::failed(const FolderTree& tree, const FoundFile& file,
                                                    std::string_view reason) {
  const std::lock_guard lock(mutex_);
  const Place place = TRY(free_place(tree, failed_folder, file.relative, reason_suffix));
  Result<File> text = create(place.folder, reason_of(place.name));
  if (!text) return fail(text.error().code, "the reason cannot be written beside the file");
  PassingName text_name(place.folder, reason_of(place.name));
  TRY(text->write_all(as_bytes(reason)));
  TRY(text->write_all(as_bytes("\n")));
  std::optional<Filed> moved = TRY(move(tree, file, place));
  if (moved) text_name.release();
  return moved;
}

Result<bool> Filing::take_back_if_changed(const FolderTree& tree, const Filed& filed) {
  const std::lock_guard lock(mutex_);
  return look_again(tree, filed);
}

Result<bool> Filing::look_again(const FolderTree& tree, const Filed& filed) {
  const File folder = TRY(tree.folder(folder_of(filed.at)));
  const std::string name(name_of(filed.at));
  struct stat status{};
  if (::fstatat(folder.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, "the look at a file that was moved");
  if (!S_ISREG(status.st_mode)) return fail(Errc::not_found, "something else has the name of a file that was moved");
  if (stamp_of(status) == filed.file.stamp) return false;
  const Place back = TRY(free_place(tree, "", filed.file.relative, ""));
  if (const int failed = rename_anew(folder, name, back.folder, back.name); failed != 0)
    return fail_errno(failed, moving);
  ::unlinkat(folder.descriptor(), reason_of(name).c_str(), 0);
  return true;
}

Result<std::optional<Filing::Filed>> Filing::move(const FolderTree& tree, const FoundFile& file,
                                                  const Place& to) const {
  const File from = TRY(tree.folder(folder_of(file.relative)));
  Filed filed{file, joined(to.relative, to.name)};
  const int failed = rename_anew(from, std::string(name_of(file.relative)), to.folder, to.name);
  if (failed == EXDEV) {
    const std::optional<FileStamp> copied = TRY(move_across(tree, from, file, to));
    if (!copied) return std::nullopt;
    filed.file.stamp = *copied;
    return filed;
  }
  if (failed != 0) return fail_errno(failed, moving);
  // Only after the rename no writer can open the old name. If this check fails, a later one follows.
  if (look_again(tree, filed).value_or(false)) return std::nullopt;
  return filed;
}

Result<std::optional<FileStamp>> Filing::move_across(const FolderTree& tree, const File& from, const FoundFile& file,
                                                     const Place& to) const {
  // Checked first: if the original cannot be removed, it would be copied again and again.
  if (!may_write_in(from)) return fail_errno(errno, moving);
  FileStamp of_copy;
  PassingName name(to.folder, unfinished_name(file));
  ::unlinkat(to.folder.descriptor(), name.get().c_str(), 0);
  {
    const File original = TRY(tree.file(file.relative));
    File copied = TRY(create(to.folder, name.get()));
    TRY(copy(original, copied));
    TRY(copied.sync());
    if (TRY(stamp_of(original.descriptor())) != file.stamp) return std::nullopt;
    of_copy = TRY(stamp_of(copied.descriptor()));
  }
  if (const int failed = rename_anew(to.folder, name.get(), to.folder, to.name); failed != 0)
    return fail_errno(failed, moving);
  name.change(to.name);
  if (::fsync(to.folder.descriptor()) != 0) return fail(Errc::internal, "the name of a copy cannot be made durable");
  if (::unlinkat(from.descriptor(), std::string(name_of(file.relative)).c_str(), 0) != 0)
    return fail_errno(errno, moving);
  name.release();
  return of_copy;
}

Result<> Filing::copy(const File& from, File& to) const {
  std::vector<std::byte> block(copied_at_once);
  for (std::uint64_t at = 0;;) {
    if (stop_.stop_requested()) return fail(Errc::cancelled, "the program stops");
    const std::size_t got = TRY(from.read_at(at, block));
    if (got == 0) return {};
    TRY(to.write_all(ByteView(block).first(got)));
    at += got;
  }
}

}  // namespace dmw::sources
