#include "catalog/writes.h"

#include <string>

#include "base/format.h"

namespace dmw::catalog {
namespace {

Error changes_dropped(std::size_t dropped, std::size_t of, std::string_view table) {
  return {Errc::refused,
          format("the database dropped {} of {} changes of the table {} without an error: remove the trigger or rule "
                 "that does this",
                 dropped, of, table),
          {}};
}

/// Adds `returning 1`, so that the changed rows can be counted.
std::string returning(std::string_view sql) {
  std::string text(sql);
  if (!sql.contains(" returning ")) text += " returning 1";
  return text;
}

}  // namespace

Error change_dropped(std::string_view table) {
  return changes_dropped(1, 1, table);
}

Result<> expect_all(const db::Rows& written, const db::Batch& batch, std::string_view table) {
  if (written.size() == batch.size()) return {};
  return std::unexpected(changes_dropped(batch.size() - written.size(), batch.size(), table));
}

Result<> expect_none(const db::Rows& left, std::string_view table) {
  if (left.empty()) return {};
  return std::unexpected(changes_dropped(left.size(), left.size(), table));
}

Result<db::Row> write_one(db::Transaction& transaction, std::string_view table, std::string_view sql,
                          const db::Values& parameters) {
  db::Rows written = TRY(transaction.query(returning(sql), parameters));
  if (written.empty()) return std::unexpected(change_dropped(table));
  return std::move(written.front());
}

Result<db::Rows> write_all(db::Transaction& transaction, std::string_view table, std::string_view sql,
                           const db::Batch& batch, const db::Values& parameters) {
  if (batch.empty()) return db::Rows();
  db::Rows written = TRY(transaction.bulk(returning(sql), batch, parameters));
  TRY(expect_all(written, batch, table));
  return written;
}

}  // namespace dmw::catalog
