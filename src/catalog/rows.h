// Conversions between values of the model and columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"

namespace dmw::catalog {

/// The longest lease. If one seems to be longer, the clock was set back after it was given.
inline constexpr std::int64_t lease_most_us = 900'000'000;

/// Text for an indexed column: NULL if empty; cut at a character within 1,000 bytes, because an index row of PostgreSQL
/// holds 2,704 bytes. The whole value stays in the header of the object.
db::Value column(std::string_view text);
/// The number, or NULL if a smallint cannot hold it.
db::Value small(std::optional<std::int32_t> number);
/// A DICOM date (PS3.5 §6.2, DA: YYYYMMDD) as ISO 8601; NULL if it is not a calendar date.
db::Value iso_day(std::string_view dicom_date);
/// Days since the year 0 of an ISO 8601 date from the catalog, and back.
std::int64_t number_of_day(std::string_view iso_date);
std::string iso_day_of(std::int64_t number);

/// The first 100 different non-empty words of a column, in their order. Errors: those of the database.
Result<std::vector<std::string>> words_in(db::Database& database, const std::string& table, const std::string& column);

/// FROM text: the rows of a batch (study_uid, sop_uid, dataset_sha256) as b, their studies as s, and the version with
/// this dataset, as c if it is the current one and otherwise as o. Each join thus uses its own partial index.
inline constexpr std::string_view known_datasets =
    "batch b join studies s on s.study_instance_uid = b.study_uid "
    "left join versions c on c.sop_uid = b.sop_uid and c.study_id = s.id and c.current and "
    "c.dataset_sha256 = b.dataset_sha256 "
    "left join versions o on o.sop_uid = b.sop_uid and o.study_id = s.id and not o.current and "
    "o.dataset_sha256 = b.dataset_sha256";

}  // namespace dmw::catalog
