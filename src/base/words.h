// Durations, times and counts as text for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace dmw {

/// "45 s", "11 min", "26 h".
std::string in_words(std::chrono::seconds time);

/// RFC 3339 in the time zone of this machine, with its offset: "2026-01-31T13:00:00.000000+01:00".
std::string local_rfc3339(MicrosUtc time);

/// A count: "1,204".
std::string grouped(std::int64_t count);

}  // namespace dmw
