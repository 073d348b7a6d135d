// Writes that are checked. A trigger or rule in the database may drop a row without an error; then nothing was written,
// and acknowledged data could be lost silently. So every statement that must change rows runs here, or is checked with
// expect_all() or expect_none().
#pragma once

#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// Checks that all rows of a batch were changed; the statement returns one row for each. Errors: refused (some were
/// not).
Result<> expect_all(const db::Rows& written, const db::Batch& batch, std::string_view table);
/// The error `refused` for one row that was not changed.
Error change_dropped(std::string_view table);
/// `left`: the rows that should have been changed and were not. Errors: refused (there are some).
Result<> expect_none(const db::Rows& left, std::string_view table);

/// Runs an insert, update or delete that changes one row of `table`. Returns the row of its `returning` clause, which
/// may be missing. Errors: refused (no row was changed), and those of the database.
Result<db::Row> write_one(db::Transaction& transaction, std::string_view table, std::string_view sql,
                          const db::Values& parameters = {});
/// The same for a batch: changes one row of `table` for each row of the batch. Does nothing for an empty batch.
Result<db::Rows> write_all(db::Transaction& transaction, std::string_view table, std::string_view sql,
                           const db::Batch& batch, const db::Values& parameters = {});

}  // namespace dmw::catalog
