#include "base/clock.h"

#include "base/format.h"

namespace dmw {

MicrosUtc SystemClock::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
}

Monotonic SystemClock::monotonic() const {
  return std::chrono::steady_clock::now();
}

void SystemClock::wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Monotonic until) const {
  changed.wait_until(lock, until);
}

std::string rfc3339(MicrosUtc time) {
  // Not by gmtime_r: it takes a lock of the C library, that of the time zone.
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(time)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(at - midnight);
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace dmw
