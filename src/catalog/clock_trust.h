// ClockTrust: decides whether the clock may be used to delete data by its age. A clock that is wrong for a minute must
// not empty the event log.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "db/database.h"

namespace dmw::catalog {

/// The catalog keeps the last clock time that a process saw, and for how long the clock has agreed with the elapsed
/// time. If the two differ by more than an hour, ages are not trusted until they have agreed for 24 hours of running.
/// Within a process, elapsed time is monotonic time; between processes and replicas the kept time is compared. Any
/// thread.
class ClockTrust {
 public:
  static constexpr std::chrono::hours tolerance{1};
  static constexpr std::chrono::hours agreement{24};

  ClockTrust(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// The time to compare ages with; nothing while the clock is not trusted. Call it before each deletion by age.
  Result<std::optional<MicrosUtc>> time();

 private:
  struct Moment {
    MicrosUtc wall = 0;
    Monotonic running{};
  };
  struct Kept {
    MicrosUtc wall = 0;  // 0: not read yet
    std::chrono::microseconds agreed{};
  };

  bool agrees(const Moment& now, const Kept& kept) const;
  std::chrono::microseconds agreed_until(const Moment& now, const Kept& kept) const;
  void tell(bool believed);

  db::Database& database_;
  const Clock& clock_;
  std::mutex mutex_;              // guards the members below
  std::optional<Moment> anchor_;  // begin of the time in which the clock agreed with this process
  Monotonic looked_at_{};
  bool believed_ = true;
};

}  // namespace dmw::catalog
