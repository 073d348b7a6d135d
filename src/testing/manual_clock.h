// Time that a test moves.
#pragma once

#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace dmw {

/// Stands still until a test moves it. Any thread.
class ManualClock final : public Clock {
 public:
  MicrosUtc now() const override {
    const std::scoped_lock lock(mutex_);
    return wall_;
  }
  Monotonic monotonic() const override {
    const std::scoped_lock lock(mutex_);
    return monotonic_;
  }
  void advance(std::chrono::microseconds by) {
    const std::scoped_lock lock(mutex_);
    wall_ += by.count();
    monotonic_ += by;
  }
  /// Moves wall time alone, as an operator or NTP does.
  void set_wall(MicrosUtc now) {
    const std::scoped_lock lock(mutex_);
    wall_ = now;
  }

 private:
  mutable std::mutex mutex_;
  MicrosUtc wall_ = 1'700'000'000'000'000;
  Monotonic monotonic_{std::chrono::hours(1)};
};

}  // namespace dmw
