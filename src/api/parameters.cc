#include "api/parameters.h"

#include <algorithm>
#include <chrono>

namespace dmw::api {
namespace {

constexpr std::size_t kDayDigits = 8;

bool digits_only(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes `count` digits from the front of `text`.
std::optional<int> take(std::string_view& text, std::size_t count) {
  if (text.size() < count || !digits_only(text.substr(0, count))) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) value = value * 10 + (c - '0');
  text.remove_prefix(count);
  return value;
}

bool take_mark(std::string_view& text, std::string_view marks) {
  if (text.empty() || !marks.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> day_of(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::string> iso_day(std::string_view digits) {
  if (digits.size() != kDayDigits) return std::nullopt;
  std::string_view rest = digits;
  const auto year = take(rest, 4);
  const auto month = take(rest, 2);
  if (!day_of(year, month, take(rest, 2))) return std::nullopt;
  return format("{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2));
}

/// ".123456", any number of digits; digits below a microsecond are dropped.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take_mark(text, ".")) return 0;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !text.empty() && digits_only(text.substr(0, 1)); text.remove_prefix(1), ++digits) {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

/// "Z" or "+01:00". A space counts as "+", because decoding a query turns "+" into a space.
std::optional<int> take_offset_minutes(std::string_view& text) {
  if (take_mark(text, "Zz")) return 0;
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take_mark(text, "+- ")) return std::nullopt;
  const auto hours = take(text, 2);
  if (!hours || !take_mark(text, ":")) return std::nullopt;
  const auto minutes = take(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<Days> parse_days(std::string_view text) {
  const auto dash = text.find('-');
  const std::string_view from = text.substr(0, dash);
  const std::string_view to = dash == text.npos ? from : text.substr(dash + 1);
  if (from.empty() && to.empty()) return std::nullopt;
  Days days;
  for (const auto& [digits, day] : {std::pair(from, &days.first), std::pair(to, &days.last)}) {
    if (digits.empty()) continue;
    auto parsed = iso_day(digits);
    if (!parsed) return std::nullopt;
    *day = std::move(*parsed);
  }
  return days;
}

std::optional<MicrosUtc> parse_time(std::string_view text) {
  const auto year = take(text, 4);
  if (!year || !take_mark(text, "-")) return std::nullopt;
  const auto month = take(text, 2);
  if (!month || !take_mark(text, "-")) return std::nullopt;
  const auto day = day_of(year, month, take(text, 2));
  if (!day) return std::nullopt;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(day->time_since_epoch()).count();
  if (text.empty()) return micros;
  if (!take_mark(text, "Tt ")) return std::nullopt;
  const auto hours = take(text, 2);
  if (!hours || !take_mark(text, ":")) return std::nullopt;
  const auto minutes = take(text, 2);
  if (!minutes || !take_mark(text, ":")) return std::nullopt;
  const auto seconds = take(text, 2);
  const auto fraction = take_fraction(text);
  const auto offset = take_offset_minutes(text);
  if (!seconds || !fraction || !offset || !text.empty() || *hours > 23 || *minutes > 59 || *seconds > 60) {
    return std::nullopt;
  }
  const std::int64_t of_day = (*hours * 60 + *minutes - *offset) * std::int64_t{60} + *seconds;
  return micros + of_day * 1'000'000 + *fraction;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > 18 || !digits_only(text)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

std::int64_t Parameters::number(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const auto asked = query_.get(name).value_or("");
  if (asked.empty()) return fallback;
  const auto value = parse_number(asked);
  if (value && *value >= least && *value <= most) return *value;
  wrong(name, most == std::numeric_limits<std::int64_t>::max()
                  ? format("must be a whole number of at least {}", least)
                  : format("must be a whole number from {} to {}", least, most));
  return fallback;
}

bool Parameters::boolean(std::string_view name) {
  const auto asked = query_.get(name).value_or("");
  if (!asked.empty() && asked != "true" && asked != "false") wrong(name, "must be true or false");
  return asked == "true";
}

std::optional<MicrosUtc> Parameters::time(std::string_view name) {
  const auto asked = query_.get(name).value_or("");
  if (asked.empty()) return std::nullopt;
  auto value = parse_time(asked);
  if (!value) wrong(name, "must be a time like 2026-01-31T12:00:00Z, or a day like 2026-01-31");
  return value;
}

Days Parameters::days(std::string_view name) {
  const auto asked = query_.get(name).value_or("");
  if (asked.empty()) return {};
  auto value = parse_days(asked);
  if (!value) wrong(name, "must be a day like 20260131 or a range like 20260101-20260131");
  return value.value_or(Days{});
}

Flags Parameters::flags(std::string_view name) {
  std::string_view asked = query_.get(name).value_or("");
  Flags flags;
  while (!asked.empty()) {
    const auto comma = asked.find(',');
    const auto word = asked.substr(0, comma);
    asked = comma == asked.npos ? std::string_view{} : asked.substr(comma + 1);
    Flags found;
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      const Flags one = Flags::from_bits(1U << bit);
      if (const auto names = one.names(); !names.empty() && names.front() == word) found = one;
    }
    if (found == Flags()) {
      std::string names;
      for (const std::string_view known : Flags::from_bits(~0U).names())
        names += format("{}{}", names.empty() ? "" : ", ", known);
      wrong(name, "must be names of flags, with commas between them: " + names);
    }
    flags |= found;
  }
  return flags;
}

void Parameters::wrong(std::string_view name, std::string what) {
  wrong_.push_back({std::string(name), std::move(what)});
}

std::optional<http::Problem> Parameters::problem() const {
  if (unknown_) return unknown_;
  if (wrong_.empty()) return std::nullopt;
  http::Problem problem = http::Problem::of(400, "a parameter of the query is wrong");
  problem.errors = wrong_;
  return problem;
}

}  // namespace dmw::api
