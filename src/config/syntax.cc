#include "config/syntax.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

#include <arpa/inet.h>

#include "base/format.h"
#include "config/text.h"

namespace dmw::config {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alphanumeric(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(text.substr(1, text.size() - 2)).c_str(), &address) == 1;
  }
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, fits);
}

/// `host`, `host:port`, `[::1]`, `[::1]:port`.
bool is_authority(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return is_host(text);
  return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  constexpr std::array units{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                             Unit{"d", 86'400'000}};
  if (text == "0") return std::chrono::milliseconds(0);
  std::int32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto* unit = std::ranges::find(units, name, &Unit::name);
  if (error != std::errc{} || count < 0 || unit == units.end()) {
    return fail(Errc::invalid, name.empty() && !text.empty() ? "has no unit" : "is not a duration");
  }
  return std::chrono::milliseconds(count * unit->milliseconds);
}

Result<> check_http_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string scheme = lower(text.substr(0, colon));
  if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return fail(Errc::invalid, "is not an http or https URL");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.contains('@'))
    return fail(Errc::invalid, "must not contain user:password; use ORTHANC_USERNAME and ORTHANC_PASSWORD");
  if (rest.find_first_of("?# ") != std::string_view::npos)
    return fail(Errc::invalid, "has more than a path after the host");
  if (!is_authority(authority)) return fail(Errc::invalid, "has no valid host and port");
  return {};
}

Result<> check_address(std::string_view text) {
  const std::string address(text);
  in6_addr parsed{};
  if (text == "localhost" || ::inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
      ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1) {
    return {};
  }
  return fail(Errc::invalid, "is not an address");
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

Result<> check_servers(std::string_view text) {
  for (const std::string_view server : split(text, ',')) {
    if (!is_authority(server)) return fail(Errc::invalid, "has \"" + quotable(server) + "\", which is not host:port");
  }
  return {};
}

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  for (const std::string_view part : split(text, ',')) {
    const auto wrong = [&](std::string_view why) {
      return fail(Errc::invalid, format("contains \"{}\", {}", quotable(part), why));
    };
    std::string_view host = part;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.size() > 2 && host.ends_with('.')) host.remove_suffix(1);
    const std::string_view name = host.starts_with("*.") ? host.substr(2) : host;
    if (host == "*" || check_address(host)) {
      hosts.push_back(lower(host));
      continue;
    }
    if (host.contains("://") || host.contains('/')) return wrong("which is a URL: write its host only");
    if (host.contains(':')) return wrong("which has a port: a host is the same on every port");
    if (name.contains('*')) return wrong("where * is allowed only alone or as the first part of a name");
    if (!is_host(name) || name.starts_with('.')) return wrong("which is neither a name nor an address");
    hosts.push_back(lower(host));
  }
  return hosts;
}

Result<> check_topic(std::string_view text) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  if (text.empty() || text.size() > 249 || text == "." || text == ".." || !std::ranges::all_of(text, fits)) {
    return fail(Errc::invalid, "is not a topic name");
  }
  return {};
}

Result<> check_backfill(std::string_view text) {
  constexpr std::string_view since = "since:";
  if (text == "all" || text == "none") return {};
  if (!text.starts_with(since)) return fail(Errc::invalid, "is not all, none, or since: with a day");
  const std::string_view day = text.substr(since.size());
  const auto number = [&](std::size_t from, std::size_t count) {
    unsigned value = 0;
    const std::string_view digits = day.substr(from, count);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() ? value : 0;
  };
  if (day.size() == 10 && day[4] == '-' && day[7] == '-') {
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                           std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2)));
    if (date.ok() && number(0, 4) > 0) return {};
  }
  return fail(Errc::invalid, "has no valid day, such as since:2026-01-31");
}

Result<> check_ae_title(std::string_view text) {
  const auto fits = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  if (text.size() > 16 || trim(text).empty() || !std::ranges::all_of(text, fits)) {
    return fail(Errc::invalid, "is not an application entity title");
  }
  return {};
}

bool is_keyword(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_upper(text.front()) && std::ranges::all_of(text, is_alphanumeric);
}

}  // namespace dmw::config
