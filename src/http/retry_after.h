// Retry-After (RFC 9110 §10.2.3): how long a server asks the client to wait.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "http/headers.h"

namespace dmw::http {

/// Parses seconds or an IMF-fixdate. A date is relative to the Date of the answer if it has one, otherwise to `now_utc`
/// (seconds since 1970), so the two clocks need not agree. The result is from 0 to seven days; the caller decides how
/// long it really waits. Nullopt if the field is absent or malformed.
std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::chrono::sys_seconds now_utc);

}  // namespace dmw::http
