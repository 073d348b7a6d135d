// Time that a test moves.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>

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
  /// Nobody notifies `changed` when this clock is moved, so it is looked at again and again.
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until) const override {
    constexpr std::chrono::milliseconds glance{1};
    std::multiset<Monotonic>::iterator mine;
    {
      const std::scoped_lock own(mutex_);
      mine = awaited_.insert(until);
    }
    changed.wait_for(lock, glance);
    const std::scoped_lock own(mutex_);
    awaited_.erase(mine);
  }
  /// The next time for which somebody waits; nothing when nobody does. A test that has seen it knows that the thread
  /// that waits has nothing else to do.
  std::optional<Monotonic> awaited() const {
    const std::scoped_lock lock(mutex_);
    return awaited_.empty() ? std::nullopt : std::optional(*awaited_.begin());
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
  mutable std::multiset<Monotonic> awaited_;
};

}  // namespace dmw
