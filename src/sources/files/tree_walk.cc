#include "sources/files/tree_walk.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/format.h"

namespace dmw::sources {
namespace {

constexpr std::size_t depth_max = 64;

}  // namespace

TreeWalk::TreeWalk(const FolderTree& tree, std::function<bool(const std::string&)> enter)
    : tree_(tree), enter_(std::move(enter)), waiting_{Folder{}} {}

Result<std::optional<FoundFile>> TreeWalk::next() {
  while (true) {
    if (!names_) {
      if (waiting_.empty()) return std::nullopt;
      Folder folder = std::move(waiting_.back());
      waiting_.pop_back();
      TRY(open(std::move(folder)));
    }
    errno = 0;
    const dirent* const entry = ::readdir(names_.get());
    const int failed = errno;
    if (entry == nullptr) {
      names_.reset();
      if (failed != 0) return fail_errno(failed, "the reading of a folder");
      continue;
    }
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (std::optional<FoundFile> found = look_at(name)) return found;
  }
}

Result<> TreeWalk::open(Folder folder) {
  folder_ = std::move(folder);
  if (folder_.depth > depth_max) return fail(Errc::too_deep, format("a folder is nested more than {} deep", depth_max));
  const File opened = TRY(tree_.folder(folder_.relative));
  // The stream closes the descriptor that it is given.
  const int own = ::fcntl(opened.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return fail_errno(errno, "the reading of a folder");
  names_.reset(::fdopendir(own));
  if (names_) return {};
  const int failed = errno;
  ::close(own);
  return fail_errno(failed, "the reading of a folder");
}

std::optional<FoundFile> TreeWalk::look_at(const std::string& name) {
  struct stat status{};
  if (::fstatat(::dirfd(names_.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  std::string relative = folder_.relative.empty() ? name : folder_.relative + "/" + name;
  if (S_ISLNK(status.st_mode)) ++links_;
  if (S_ISDIR(status.st_mode) && enter_(relative)) waiting_.push_back({relative, folder_.depth + 1});
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return FoundFile{std::move(relative), stamp_of(status)};
}

}  // namespace dmw::sources
