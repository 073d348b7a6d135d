// How values of the model become columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// Text for an indexed column: NULL for nothing, cut at 1,000 bytes on a character boundary (an index row of PostgreSQL
/// has 2,704). The whole value stays in the object's header.
db::Value column(std::string_view text);
/// NULL for a number that a smallint cannot hold.
db::Value small(std::optional<std::int32_t> number);
/// A DICOM date (PS3.5 §6.2, DA: YYYYMMDD) as ISO 8601, or NULL when it is not a date of the calendar.
db::Value iso_day(std::string_view dicom_date);

}  // namespace dmw::catalog
