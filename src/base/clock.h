// Clock: wall time and monotonic time; tests use one that stands still. Wall time is for people, monotonic time is for
// durations.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

namespace dmw {

/// Microseconds since 1970-01-01 UTC, as the catalog keeps all times of the program.
using MicrosUtc = std::int64_t;
using Monotonic = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MicrosUtc now() const = 0;
  virtual Monotonic monotonic() const = 0;
  /// Waits until `changed` is notified, or this clock has come to `until`; it may also return for no reason. `lock` is
  /// given up meanwhile.
  virtual void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until) const = 0;
  /// Waits until `done()`, which looks at what `lock` guards. False when this clock came to `until` first.
  template <typename Done>
  bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until,
                  Done done) const {
    while (!done()) {
      if (monotonic() >= until) return false;
      wait(changed, lock, until);
    }
    return true;
  }
};

class SystemClock final : public Clock {
 public:
  MicrosUtc now() const override;
  Monotonic monotonic() const override;
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until) const override;
};

/// RFC 3339 with microseconds: "2026-01-31T12:00:00.000000Z".
std::string rfc3339(MicrosUtc time);

}  // namespace dmw
