// SQLite's result codes as ours.
#pragma once

#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace dmw::db::sqlite {

/// The error for `result` (an extended code) of the last call on `database`; it never contains a value of a row.
/// `if_damaged`: the advice for a damaged file.
/// Facts: https://www.sqlite.org/rescode.html
std::unexpected<Error> fail_sqlite(sqlite3* database, int result, std::string_view if_damaged);

}  // namespace dmw::db::sqlite
