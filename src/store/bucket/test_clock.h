// The time of this machine, in which waits of seconds are over at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"

namespace dmw::store::bucket {

/// Waits up to a minute move its monotonic time; longer ones (those for the end of a token) are waits. Any thread.
class RushingClock final : public Clock {
 public:
  MicrosUtc now() const override { return SystemClock().now(); }
  Monotonic monotonic() const override {
    const std::scoped_lock lock(mutex_);
    return monotonic_;
  }
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until) const override {
    {
      const std::scoped_lock own(mutex_);
      if (until <= monotonic_ + std::chrono::minutes(1)) {
        monotonic_ = std::max(monotonic_, until);
        return;
      }
    }
    changed.wait_for(lock, std::chrono::milliseconds(1));
  }

 private:
  mutable std::mutex mutex_;
  mutable Monotonic monotonic_{std::chrono::hours(1)};
};

}  // namespace dmw::store::bucket
