// Clock: wall time and monotonic time; tests use one that stands still. Wall time is for people, monotonic time is for
// durations.
#pragma once

#include <chrono>
#include <cstdint>
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
};

class SystemClock final : public Clock {
 public:
  MicrosUtc now() const override;
  Monotonic monotonic() const override;
};

/// RFC 3339 with microseconds: "2026-01-31T12:00:00.000000Z".
std::string rfc3339(MicrosUtc time);

}  // namespace dmw
