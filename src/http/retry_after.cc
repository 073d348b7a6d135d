#include "http/retry_after.h"

#include <algorithm>
#include <charconv>

#include "http/http_date.h"

namespace dmw::http {
namespace {

constexpr std::chrono::seconds wait_most = std::chrono::days(7);

/// `text` as a number; nullopt if it has anything but digits.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, std::chrono::sys_seconds now_utc) {
  const std::optional<std::string_view> field = headers.get("Retry-After");
  if (!field) return std::nullopt;
  if (const auto seconds = number_in(trimmed(*field)))
    return std::chrono::seconds(std::min<std::int64_t>(*seconds, wait_most.count()));
  const auto until = parse_http_date(trimmed(*field));
  if (!until) return std::nullopt;
  const auto from = parse_http_date(trimmed(headers.get("Date").value_or("")));
  return std::clamp<std::chrono::seconds>(*until - from.value_or(now_utc), std::chrono::seconds(0), wait_most);
}

}  // namespace dmw::http
