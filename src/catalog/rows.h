// How values of the model become columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"

namespace dmw::catalog {

/// No lease is given for longer. One that seems to be was given before the clock was set back.
inline constexpr std::int64_t lease_most_us = 900'000'000;

/// Text for an indexed column: NULL for nothing, cut at 1,000 bytes on a character boundary (an index row of PostgreSQL
/// has 2,704). The whole value stays in the object's header.
db::Value column(std::string_view text);
/// NULL for a number that a smallint cannot hold.
db::Value small(std::optional<std::int32_t> number);
/// A DICOM date (PS3.5 §6.2, DA: YYYYMMDD) as ISO 8601, or NULL when it is not a date of the calendar.
db::Value iso_day(std::string_view dicom_date);
/// Days since the year 0, of a date in ISO 8601 that the catalog has; and back.
std::int64_t number_of_day(std::string_view iso_date);
std::string iso_day_of(std::int64_t number);

/// The different words of a column that are not empty, in order, the first 100. Errors: those of the database.
Result<std::vector<std::string>> words_in(db::Database& database, const std::string& table, const std::string& column);

/// Rows of a batch with study_uid, sop_uid and dataset_sha256 as b, their studies as s, and the version that has this
/// dataset: as c when it is the current one, otherwise as o, so that each join uses the partial index of its own.
inline constexpr std::string_view known_datasets =
    "batch b join studies s on s.study_instance_uid = b.study_uid "
    "left join versions c on c.sop_uid = b.sop_uid and c.study_id = s.id and c.current and "
    "c.dataset_sha256 = b.dataset_sha256 "
    "left join versions o on o.sop_uid = b.sop_uid and o.study_id = s.id and not o.current and "
    "o.dataset_sha256 = b.dataset_sha256";

}  // namespace dmw::catalog
