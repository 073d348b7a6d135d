#include "sources/folder/filing.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "inbox/spool_file.h"

namespace dmw::sources {
namespace {

constexpr std::size_t copied_at_once = 1U << 20U;
constexpr std::string_view unfinished_suffix = ".part";
constexpr std::string_view reason_suffix = ".reason.txt";
constexpr const char* moving = "the move of a file";
constexpr int names_max = 100'000;

bool is_there(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

std::filesystem::path reason_of(const std::filesystem::path& file) {
  std::filesystem::path reason = file;
  reason += reason_suffix;
  return reason;
}

/// Never over a file that is there, as far as the file system can promise that (NFS cannot). An error number, or 0.
int rename_anew(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<std::filesystem::path> Filing::free_name(std::string_view folder, const std::string& relative) const {
  const std::filesystem::path wanted = root_ / folder / relative;
  std::error_code failed;
  std::filesystem::create_directories(wanted.parent_path(), failed);
  if (failed) return fail_errno(failed.value(), "the making of a folder in the watched folder");
  std::filesystem::path name = wanted;
  for (int number = 2; is_there(name) || is_there(reason_of(name)); ++number) {
    if (number > names_max) return fail(Errc::full, "too many files of one name in the watched folder");
    name = wanted.parent_path() / format("{}.{}{}", wanted.stem().string(), number, wanted.extension().string());
  }
  return name;
}

Result<> Filing::prepare() const {
  for (const std::string_view folder : {done_folder, failed_folder}) {
    const std::filesystem::path path = root_ / folder;
    if ((::mkdir(path.c_str(), 0770) != 0 && errno != EEXIST) || ::access(path.c_str(), W_OK) != 0)
      return fail(Errc::unavailable,
                  format("{}/ in WATCH_PATH cannot be written to ({}); WATCH_KEEP=true needs no folders", folder,
                         std::strerror(errno)));
  }
  return {};
}

Result<std::optional<Filing::Filed>> Filing::done(const FoundFile& file) {
  const std::lock_guard lock(mutex_);
  return move(file, TRY(free_name(done_folder, file.relative)));
}

Result<std::optional<Filing::Filed>> Filing::failed(const FoundFile& file, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path name = TRY(free_name(failed_folder, file.relative));
  inbox::TemporaryName text_name(reason_of(name));
  Result<File> text = File::open(text_name.path(), O_WRONLY | O_CREAT | O_EXCL);
  if (!text) return fail(text.error().code, "the reason cannot be written beside the file");
  TRY(text->write_all(as_bytes(reason)));
  TRY(text->write_all(as_bytes("\n")));
  std::optional<Filed> moved = TRY(move(file, name));
  if (moved) text_name.release();
  return moved;
}

Result<bool> Filing::take_back_if_changed(const Filed& filed) {
  const std::lock_guard lock(mutex_);
  return look_again(filed);
}

Result<bool> Filing::look_again(const Filed& filed) const {
  struct stat status{};
  if (::lstat(filed.at.c_str(), &status) != 0) return fail_errno(errno, "the look at a file that was moved");
  if (stamp_of(status) == filed.file.stamp) return false;
  if (const int failed = rename_anew(filed.at, TRY(free_name("", filed.file.relative))); failed != 0)
    return fail_errno(failed, moving);
  ::unlink(reason_of(filed.at).c_str());
  return true;
}

Result<std::optional<Filing::Filed>> Filing::move(const FoundFile& file, const std::filesystem::path& to) const {
  const std::filesystem::path from = root_ / file.relative;
  Filed filed{file, to};
  const int failed = rename_anew(from, to);
  if (failed == EXDEV) {
    const std::optional<FileStamp> copied = TRY(move_across(from, file.stamp, to));
    if (!copied) return std::nullopt;
    filed.file.stamp = *copied;
    return filed;
  }
  if (failed != 0) return fail_errno(failed, moving);
  // Only behind the rename nobody opens the name any more; where this look fails, there is another one later.
  if (look_again(filed).value_or(false)) return std::nullopt;
  return filed;
}

Result<std::optional<FileStamp>> Filing::move_across(const std::filesystem::path& from, const FileStamp& stamp,
                                                     const std::filesystem::path& to) const {
  // Asked first: a copy whose original cannot be removed would be made again and again.
  if (::access(from.parent_path().c_str(), W_OK | X_OK) != 0) return fail_errno(errno, moving);
  std::filesystem::path unfinished = to;
  unfinished += unfinished_suffix;
  inbox::TemporaryName name(std::move(unfinished));
  FileStamp of_copy;
  {
    const Result<File> original = File::open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    Result<File> copied = File::open(name.path(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (!original || !copied) return fail((original ? copied : original).error().code, "a file cannot be copied");
    TRY(copy(*original, *copied));
    TRY(copied->sync());
    if (TRY(stamp_of(original->descriptor())) != stamp) return std::nullopt;
    of_copy = TRY(stamp_of(copied->descriptor()));
  }
  if (const int failed = rename_anew(name.path(), to); failed != 0) return fail_errno(failed, moving);
  name = inbox::TemporaryName(to);
  if (!sync_directory(to.parent_path())) return fail(Errc::internal, "the name of a copy cannot be made durable");
  if (::unlink(from.c_str()) != 0) return fail_errno(errno, moving);
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
