#include "http/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace dmw::http {
namespace {

constexpr std::chrono::seconds wait_most{300};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// All of `text` as digits.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != form.size() || !text.ends_with(" GMT") || text[3] != ',') return std::nullopt;
  if (text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3));
  const auto day = number_in(text.substr(5, 2));
  const auto year = number_in(text.substr(12, 4));
  const auto hour = number_in(text.substr(17, 2));
  const auto minute = number_in(text.substr(20, 2));
  const auto second = number_in(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

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
