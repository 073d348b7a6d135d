// Parsers and checks of single values: durations, URLs, addresses, lists of brokers, topics, keywords.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dmw::config {

// Errors of all: invalid; `what` has the words that follow the value in a message ("is not a duration").

/// `500ms`, `10s`, `10m`, `2h`, `1d`, or a bare `0`.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// http or https, a host, perhaps a port and a path; no user, query or fragment.
Result<> check_http_url(std::string_view text);

/// A literal IPv4 or IPv6 address (without brackets), or `localhost`.
Result<> check_address(std::string_view text);
/// 127.0.0.0/8, ::1 or localhost. `address` has passed check_address.
bool is_loopback(std::string_view address);

/// `host`, `host:port`, `[::1]:port`, separated by commas.
Result<> check_servers(std::string_view text);

/// Names, `*.` and a name, literal addresses (IPv6 with brackets or without) and `*`, separated by commas. In lower
/// case, without brackets and without a dot at the end.
Result<std::vector<std::string>> parse_hosts(std::string_view text);

/// Facts: Kafka's Topic.validate: 249 characters of a-zA-Z0-9._- and neither "." nor "..".
Result<> check_topic(std::string_view text);

/// `all`, `none`, or `since:` and a day of the calendar (ISO 8601, YYYY-MM-DD).
Result<> check_backfill(std::string_view text);

/// Facts: PS3.5 §6.2, AE: at most 16 characters of the default repertoire except the backslash; leading and trailing
/// blanks do not count.
Result<> check_ae_title(std::string_view text);

/// The form of a keyword: an upper case letter, then letters and digits, at most 64 (PS3.6 §6 lists them).
bool is_keyword(std::string_view text);

}  // namespace dmw::config
