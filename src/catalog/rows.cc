#include "catalog/rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "base/format.h"

namespace dmw::catalog {
namespace {

constexpr std::chrono::sys_days year_zero =
    std::chrono::year_month_day(std::chrono::year(0), std::chrono::month(1), std::chrono::day(1));

unsigned digits_of(std::string_view text) {
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

db::Value column(std::string_view text) {
  constexpr std::size_t limit_bytes = 1000;
  if (text.size() > limit_bytes) {
    std::size_t end = limit_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  return db::text_or_null(text);
}

db::Value small(std::optional<std::int32_t> number) {
  if (!number || *number < 0 || *number > std::numeric_limits<std::int16_t>::max()) return db::Null{};
  return std::int64_t{*number};
}

db::Value iso_day(std::string_view dicom_date) {
  unsigned digits = 0;
  const auto [end, error] = std::from_chars(dicom_date.data(), dicom_date.data() + dicom_date.size(), digits);
  if (dicom_date.size() != 8 || error != std::errc() || end != dicom_date.data() + 8) return db::Null{};
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(digits / 10000)),
                                        std::chrono::month(digits / 100 % 100), std::chrono::day(digits % 100));
  if (!day.ok() || digits < 10000) return db::Null{};
  return format("{}-{}-{}", dicom_date.substr(0, 4), dicom_date.substr(4, 2), dicom_date.substr(6, 2));
}

std::int64_t number_of_day(std::string_view iso_date) {
  if (iso_date.size() != 10) return 0;
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(digits_of(iso_date.substr(0, 4)))),
                                        std::chrono::month(digits_of(iso_date.substr(5, 2))),
                                        std::chrono::day(digits_of(iso_date.substr(8, 2))));
  return day.ok() ? (std::chrono::sys_days(day) - year_zero).count() : 0;
}

std::string iso_day_of(std::int64_t number) {
  constexpr std::int64_t days_max = 3'652'424;  // the last day of the year 9999
  const std::chrono::year_month_day day =
      year_zero + std::chrono::days(std::clamp<std::int64_t>(number, 366, days_max));
  return format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()));
}

/// From one word to the next: with an index on the column these are as many looks as there are words.
Result<std::vector<std::string>> words_in(db::Database& database, const std::string& table, const std::string& column) {
  const std::string sql = format(
      "with recursive w(word) as (select (select min({0}) from {1} where {0} > '') union all select (select min({0}) "
      "from {1} where {0} > w.word) from w where w.word is not null) select word from w where word is not null "
      "limit 100",
      column, table);
  std::vector<std::string> words;
  for (const db::Row& row : TRY(database.read(sql))) words.push_back(row.text(0));
  return words;
}

}  // namespace dmw::catalog
