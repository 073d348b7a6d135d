// Changes that must be there once their statement has succeeded. A trigger or a rule that somebody made may drop a row
// without an error: then nothing was written, and what counts on it would be lost in silence. So every statement that
// must change rows runs here, or counts what it changed with expect_all() or expect_none().
#pragma once

#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// Whether all rows of a batch were changed, of which the statement returned one row each. Errors: refused.
Result<> expect_all(const db::Rows& written, const db::Batch& batch, std::string_view table);
/// Of one row that was to be changed: refused.
Error change_dropped(std::string_view table);
/// `left`: the rows that a change should have reached and has not. Errors: refused (there are some).
Result<> expect_none(const db::Rows& left, std::string_view table);

/// An insert, an update or a delete that changes one row of `table`. Returns what its `returning` says; the text may go
/// without. Errors: refused (none was changed), and those of the database.
Result<db::Row> write_one(db::Transaction& transaction, std::string_view table, std::string_view sql,
                          const db::Values& parameters = {});
/// The same for one row of `table` for each row of the batch. Nothing happens for an empty one.
Result<db::Rows> write_all(db::Transaction& transaction, std::string_view table, std::string_view sql,
                           const db::Batch& batch, const db::Values& parameters = {});

}  // namespace dmw::catalog
