#include "base/clock.h"

#include <ctime>

#include "base/format.h"

namespace dmw {

MicrosUtc SystemClock::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
}

Monotonic SystemClock::monotonic() const {
  return std::chrono::steady_clock::now();
}

MicrosUtc ManualClock::now() const {
  const std::scoped_lock lock(mutex_);
  return wall_;
}

Monotonic ManualClock::monotonic() const {
  const std::scoped_lock lock(mutex_);
  return monotonic_;
}

void ManualClock::advance(std::chrono::microseconds by) {
  const std::scoped_lock lock(mutex_);
  wall_ += by.count();
  monotonic_ += by;
}

void ManualClock::set_wall(MicrosUtc now) {
  const std::scoped_lock lock(mutex_);
  wall_ = now;
}

std::string rfc3339(MicrosUtc time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1'000'000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                utc.tm_hour, utc.tm_min, utc.tm_sec, time % 1'000'000);
}

}  // namespace dmw
