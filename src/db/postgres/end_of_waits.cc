#include "db/postgres/end_of_waits.h"

#include <cerrno>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace dmw::db::postgres {

Result<File> EndOfWaits::open_wake() {
  File wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return fail_errno(errno, "eventfd");
  return wake;
}

Result<> EndOfWaits::rest(std::chrono::milliseconds time) const {
  pollfd set{descriptor(), POLLIN, 0};
  if (::poll(&set, 1, static_cast<int>(time.count())) > 0) return fail(Errc::cancelled, "the program stops");
  return {};
}

void EndOfWaits::set(Monotonic deadline) {
  deadline_ = deadline;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.descriptor(), &one, sizeof one));
}

}  // namespace dmw::db::postgres
