// The dates of HTTP: IMF-fixdate (RFC 9110 §5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dmw::http {

/// Without the C library's calendar: strftime and gmtime_r share a lock, and a time zone that they read again.
std::string http_date(std::chrono::sys_seconds time_utc);

/// Nothing where `text` is no IMF-fixdate, or names a day or a time that does not exist. The day of the week is not
/// checked.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace dmw::http
