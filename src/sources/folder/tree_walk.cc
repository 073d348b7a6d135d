#include "sources/folder/tree_walk.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace dmw::sources {
namespace {

constexpr std::size_t depth_max = 64;

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Result<FileStamp> stamp_of(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return fail_errno(errno, "stat");
  if (!S_ISREG(status.st_mode)) return fail(Errc::unsupported, "it is no regular file");
  return stamp_of(status);
}

TreeWalk::TreeWalk(std::filesystem::path root, std::function<bool(const std::string&)> enter)
    : root_(std::move(root)), enter_(std::move(enter)), waiting_{Folder{}} {}

Result<std::optional<FoundFile>> TreeWalk::next() {
  while (true) {
    if (names_ == std::filesystem::directory_iterator()) {
      if (waiting_.empty()) return std::nullopt;
      Folder folder = std::move(waiting_.back());
      waiting_.pop_back();
      TRY(open(std::move(folder)));
      continue;
    }
    const std::string name = names_->path().filename().string();
    std::error_code failed;
    names_.increment(failed);
    if (failed) return fail_errno(failed.value(), "the reading of a folder");
    if (std::optional<FoundFile> found = look_at(name)) return found;
  }
}

Result<> TreeWalk::open(Folder folder) {
  folder_ = std::move(folder);
  if (folder_.depth > depth_max)
    return fail(Errc::too_deep, format("a folder is more than {} below the first", depth_max));
  std::error_code failed;
  names_ = std::filesystem::directory_iterator(root_ / folder_.relative, failed);
  if (failed) {
    names_ = {};
    return fail_errno(failed.value(), "the reading of a folder");
  }
  return {};
}

std::optional<FoundFile> TreeWalk::look_at(const std::string& name) {
  std::string relative = folder_.relative.empty() ? name : folder_.relative + "/" + name;
  struct stat status{};
  if (::lstat((root_ / relative).c_str(), &status) != 0) return std::nullopt;
  if (S_ISLNK(status.st_mode)) ++links_;
  if (S_ISDIR(status.st_mode) && enter_(relative)) waiting_.push_back({relative, folder_.depth + 1});
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return FoundFile{std::move(relative), stamp_of(status)};
}

}  // namespace dmw::sources
