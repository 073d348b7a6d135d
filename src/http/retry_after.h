// Retry-After (RFC 9110 §10.2.3): how long a peer wants to be left alone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "http/headers.h"

namespace dmw::http {

/// Seconds, or an IMF-fixdate, which counts from the answer's own Date where there is one and else from `now_utc`
/// (seconds since 1970), so that two clocks need not agree. Never less than nothing nor more than seven days: how much
/// of that is waited is the caller's decision. Nothing where the field is absent or cannot be read.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::chrono::sys_seconds now_utc);

}  // namespace dmw::http
