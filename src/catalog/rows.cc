#include "catalog/rows.h"

#include <charconv>
#include <chrono>
#include <limits>

#include "base/format.h"

namespace dmw::catalog {

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

Result<> expect_all(const db::Rows& written, const db::Batch& batch, std::string_view table) {
  if (written.size() == batch.size()) return {};
  return fail(Errc::refused, format("the database has dropped {} of {} new rows of the table {} without an error: take "
                                    "away the trigger or the rule that does this",
                                    batch.size() - written.size(), batch.size(), table));
}

}  // namespace dmw::catalog
