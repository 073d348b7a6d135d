// Writes that are checked. A trigger or rule in the database may drop a row without an error, or put the old values of
// a row back; then nothing was written, and acknowledged data could be lost silently. So every statement that must
// change rows runs here, or is checked with expect_all() or expect_none(). If a lost update would lose something,
// publish it twice or bring it back, the new values are read as well.
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

/// Adds to the counter of a table of one row and locks the row until the end of the transaction. Returns the new value.
/// Errors: as change_one.
Result<std::int64_t> advance_head(db::Transaction& transaction, std::string_view table, std::string_view counter,
                                  std::int64_t by);

/// As write_one; `holds`, a condition on the new values of the row, must be true. Column 0 of the result is its value;
/// the columns of `returning` follow. Errors: also refused (the condition is false).
Result<db::Row> change_one(db::Transaction& transaction, std::string_view table, std::string_view sql,
                           std::string_view holds, const db::Values& parameters = {});
/// As write_all, likewise.
Result<db::Rows> change_all(db::Transaction& transaction, std::string_view table, std::string_view sql,
                            std::string_view holds, const db::Batch& batch, const db::Values& parameters = {});

}  // namespace dmw::catalog
