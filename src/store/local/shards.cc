#include "store/local/shards.h"

#include <cerrno>

#include <sys/stat.h>

namespace dmw::store::local {

Result<bool> Shards::make(const std::filesystem::path& directory) {
  constexpr mode_t not_for_others = 0750;
  const std::scoped_lock lock(mutex_);
  if (durable_.contains(directory)) return false;
  if (::mkdir(directory.c_str(), not_for_others) != 0 && errno != EEXIST)
    return fail_errno(errno, "make directory " + directory.string());
  // A file in its place is no directory that could be remembered.
  std::error_code untold;
  if (!std::filesystem::is_directory(directory, untold))
    return fail_errno(ENOTDIR, "make directory " + directory.string());
  return true;
}

void Shards::is_durable(const std::filesystem::path& directory) {
  const std::scoped_lock lock(mutex_);
  durable_.insert(directory);
}

}  // namespace dmw::store::local
