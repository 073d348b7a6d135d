#include "sources/files/folder_tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dmw::sources {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr mode_t folder_mode = 0770;

std::unexpected<Error> refused(int error_number) {
  if (error_number == ELOOP) return fail(Errc::unsupported, "a symbolic link is in the way, and is not followed");
  if (error_number == ENOTDIR) return fail(Errc::unsupported, "a file is in the way of a folder");
  return fail_errno(error_number, "the opening of a file or folder");
}

/// `name`: without a slash. A link is never followed, even if `flags` allow it.
int open_one(int folder, const std::string& name, int flags) {
  int opened = -1;
  do {
    opened = ::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
  } while (opened < 0 && errno == EINTR);
  // For a link, O_DIRECTORY reports ENOTDIR.
  struct stat status{};
  if (opened < 0 && errno == ENOTDIR && ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    errno = S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
  return opened;
}

/// Calls `step` for each name except the last, with the folder that contains it. Returns the last folder.
template <typename Step>
Result<File> walk_folders(int root, std::string_view relative, const Step& step) {
  File at(open_one(root, ".", folder_flags));
  if (!at.is_open()) return refused(errno);
  while (!relative.empty()) {
    const std::size_t slash = std::min(relative.find('/'), relative.size());
    const std::string name(relative.substr(0, slash));
    relative.remove_prefix(std::min(slash + 1, relative.size()));
    File next(step(at.descriptor(), name));
    if (!next.is_open()) return refused(errno);
    at = std::move(next);
  }
  return at;
}

int open_folder(int folder, const std::string& name) {
  return open_one(folder, name, folder_flags);
}

int make_and_open_folder(int folder, const std::string& name) {
  if (::mkdirat(folder, name.c_str(), folder_mode) != 0 && errno != EEXIST) return -1;
  return open_folder(folder, name);
}

/// A descriptor, or -1. Facts: openat2(2).
int openat2_below(int root, const std::string& relative, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how));
}

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Result<FileStamp> stamp_of(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return fail_errno(errno, "stat");
  if (!S_ISREG(status.st_mode)) return fail(Errc::unsupported, "it is not a regular file");
  return stamp_of(status);
}

std::string_view folder_of(std::string_view relative) {
  const std::size_t slash = relative.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : relative.substr(0, slash);
}

std::string_view name_of(std::string_view relative) {
  return relative.substr(relative.rfind('/') + 1);
}

Result<FolderTree> FolderTree::open(const std::filesystem::path& root, Walk walk) {
  const int descriptor = ::open(root.c_str(), folder_flags);
  if (descriptor < 0 && errno == ENOTDIR) return fail(Errc::unsupported, "it is not a folder");
  if (descriptor < 0) return fail_errno(errno, "the opening of a folder");
  return FolderTree(File(descriptor), walk);
}

Result<File> FolderTree::folder(std::string_view relative) const {
  return open_below(relative, folder_flags);
}

Result<File> FolderTree::make_folder(std::string_view relative) const {
  if (Result<File> there = folder(relative); there || there.error().code != Errc::not_found) return there;
  return walk_folders(root_.descriptor(), relative, make_and_open_folder);
}

Result<File> FolderTree::file(std::string_view relative) const {
  File file = TRY(open_below(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  TRY(stamp_of(file.descriptor()));
  return file;
}

Result<File> FolderTree::open_below(std::string_view relative, int flags) const {
  if (walk_ == Walk::openat2) {
    const int opened = openat2_below(root_.descriptor(), relative.empty() ? "." : std::string(relative), flags);
    if (opened >= 0) return File(opened);
    // openat2 is unknown here, forbidden by a sandbox, raced by a rename, or the path is too long: walk by name
    // instead.
    const bool walked = errno == ENOSYS || errno == EPERM || errno == EAGAIN || errno == EINTR || errno == E2BIG ||
                        errno == EINVAL || errno == ENAMETOOLONG;
    if (!walked) return refused(errno);
  }
  const File folder = TRY(walk_folders(root_.descriptor(), folder_of(relative), open_folder));
  const std::string_view name = name_of(relative);
  const int opened = open_one(folder.descriptor(), name.empty() ? "." : std::string(name), flags);
  if (opened < 0) return refused(errno);
  return File(opened);
}

Result<FolderTree::Identity> FolderTree::identity() const {
  struct stat status{};
  if (::fstat(root_.descriptor(), &status) != 0) return fail_errno(errno, "stat");
  return Identity{status.st_dev, status.st_ino};
}

}  // namespace dmw::sources
