#include "sources/stow/spooling.h"

#include "base/log.h"

namespace dmw::sources {
namespace {

constexpr std::uint64_t unwatched_max = 64U << 20U;

}  // namespace

Result<> AdmissionWatch::took(std::size_t bytes) {
  unwatched_ += bytes;
  if (unwatched_ < unwatched_max) return {};
  unwatched_ = 0;
  return door_->admit();
}

Result<Spooling> Spooling::open(Door& door) {
  return Spooling(door, TRY(door.open()));
}

Result<> Spooling::append(ByteView bytes) {
  TRY(watch_.took(bytes.size()));
  return file_.append(bytes);
}

http::Problem not_admitted(const Error& why) {
  return http::Problem::of(503, why.what).header("Retry-After", "10");
}

http::Problem not_taken(const Error& why) {
  if (why.code != Errc::full) log::error("spool_failed", why.message());
  return http::Problem::of(why);
}

}  // namespace dmw::sources
