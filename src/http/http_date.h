// The dates of HTTP: IMF-fixdate (RFC 9110 §5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dmw::http {

/// Does not use strftime and gmtime_r: they share a lock and may read the time zone again.
std::string http_date(std::chrono::sys_seconds time_utc);

/// Nullopt if `text` is not an IMF-fixdate, or has a day or time that does not exist. The day of the week is not
/// checked.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace dmw::http
