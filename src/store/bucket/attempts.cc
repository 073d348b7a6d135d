#include "store/bucket/attempts.h"

#include <algorithm>

namespace dmw::store::bucket {

using namespace std::chrono_literals;

Attempts::Attempts(Patience patience)
    : patience_(std::move(patience)), progress_at_(patience_.clock.monotonic()), backoff_(wait_first, wait_longest) {}

void Attempts::may_repeat(std::optional<std::chrono::milliseconds> at_least) {
  repeat_ = true;
  at_least_ = at_least.value_or(0ms);
}

void Attempts::progressed() {
  progress_at_ = patience_.clock.monotonic();
  backoff_.reset();
}

bool Attempts::wait() {
  if (!repeat_ || patience_.stop.stop_requested()) return false;
  const Monotonic until = patience_.clock.monotonic() + std::max(backoff_.next(), at_least_);
  if (until >= progress_at_ + patience_.no_progress) return false;
  std::mutex mutex;
  std::condition_variable changed;
  const std::stop_callback wake(patience_.stop, [&] {
    const std::scoped_lock lock(mutex);
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  return !patience_.clock.wait_until(changed, lock, until, [&] { return patience_.stop.stop_requested(); });
}

}  // namespace dmw::store::bucket
