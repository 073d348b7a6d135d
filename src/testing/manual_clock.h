// A clock that tests advance.
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
  /// Moving this clock does not notify `changed`, so the time is polled.
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
  /// The earliest time that a thread waits for; nullopt if no thread waits. A test that sees it knows that the waiting
  /// thread has no other work.
  std::optional<Monotonic> awaited() const {
    const std::scoped_lock lock(mutex_);
    return awaited_.empty() ? std::nullopt : std::optional(*awaited_.begin());
  }
  void advance(std::chrono::microseconds by) {
    const std::scoped_lock lock(mutex_);
    wall_ += by.count();
    monotonic_ += by;
  }
  /// Changes only the wall time, like an operator or NTP.
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
