#include "base/volume.h"

#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "base/file.h"
#include "base/format.h"

namespace dmw {
namespace {

constexpr std::size_t name_bytes_max = 1'000;

}  // namespace

Volume::Volume(std::filesystem::path directory, std::string name_file, std::string name, std::string setting)
    : directory_(std::move(directory)),
      name_file_(std::move(name_file)),
      name_(std::move(name)),
      setting_(std::move(setting)),
      known_(identity().value_or(Identity{})) {}

Result<Volume::Identity> Volume::identity() const {
  struct stat status{};
  if (::stat(directory_.c_str(), &status) != 0) return fail_errno(errno, "stat " + directory_.string());
  return Identity{status.st_dev, status.st_ino};
}

Result<> Volume::check() const {
  const Result<Identity> now = identity();
  if (!now) return away(now.error().what);
  {
    const std::scoped_lock lock(mutex_);
    if (known_ == *now) return {};
  }
  const Result<std::string> name = read_text(directory_ / name_file_, name_bytes_max);
  if (!name) return away(name.error().what);
  if (!name->starts_with(name_)) return away("another " + name_file_ + " is in " + directory_.string());
  const std::scoped_lock lock(mutex_);
  known_ = *now;
  return {};
}

std::unexpected<Error> Volume::away(const std::string& why) const {
  return std::unexpected(Error{
      Errc::unavailable,
      format("the content of {} has disappeared: is its volume mounted? Nothing is written there until it is back",
             setting_),
      {why}});
}

}  // namespace dmw
