// ClockTrust: which time ages are counted from before something is destroyed by its age. A clock that is wrong for a
// minute must not empty the event log.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "db/database.h"

namespace dmw::catalog {

/// The catalog keeps the last time that a program saw on its clock, and for how long of running it has agreed with the
/// time that went by. When they part by more than an hour, ages are not believed until they have agreed for 24 hours of
/// running: in this process by monotonic time, from one process to the next by what the catalog kept, among replicas
/// likewise. Any thread.
class ClockTrust {
 public:
  static constexpr std::chrono::hours tolerance{1};
  static constexpr std::chrono::hours agreement{24};

  ClockTrust(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// Now, for an act that destroys what is old enough; nothing while the clock is not believed. Ask before each act.
  Result<std::optional<MicrosUtc>> time();

 private:
  struct Moment {
    MicrosUtc wall = 0;
    Monotonic running{};
  };
  struct Kept {
    MicrosUtc wall = 0;  // 0: nobody has looked yet
    std::chrono::microseconds agreed{};
  };

  bool agrees(const Moment& now, const Kept& kept) const;
  std::chrono::microseconds agreed_until(const Moment& now, const Kept& kept) const;
  void tell(bool believed);

  db::Database& database_;
  const Clock& clock_;
  std::mutex mutex_;              // guards what follows; one looks at a time
  std::optional<Moment> anchor_;  // since when the clock has gone along with this process
  Monotonic looked_at_{};
  bool believed_ = true;
};

}  // namespace dmw::catalog
