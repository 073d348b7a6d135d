#include "catalog/writes.h"

#include <algorithm>
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

/// With the condition as the first column.
std::string returning(std::string_view sql, std::string_view holds) {
  constexpr std::string_view word = " returning ";
  const std::size_t at = sql.find(word);
  if (at == sql.npos) return format("{}{}{}", sql, word, holds);
  return format("{}{}{}, {}", sql.substr(0, at), word, holds, sql.substr(at + word.size()));
}

bool is_done(const db::Row& row) {
  return row.boolean(0);
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

Result<std::int64_t> advance_head(db::Transaction& transaction, std::string_view table, std::string_view counter,
                                  std::int64_t by) {
  // Another transaction may raise it in between: then it is higher still.
  const db::Rows before = TRY(transaction.query(format("select {} from {}", counter, table)));
  const db::Row head =
      TRY(write_one(transaction, table, format("update {0} set {1} = {1} + $1 returning {1}", table, counter), {by}));
  const std::int64_t after = head.integer(0);
  if (before.empty() || after < before[0].integer(0) + by) return std::unexpected(change_dropped(table));
  return after;
}

Result<db::Row> change_one(db::Transaction& transaction, std::string_view table, std::string_view sql,
                           std::string_view holds, const db::Values& parameters) {
  db::Row changed = TRY(write_one(transaction, table, returning(sql, holds), parameters));
  if (!is_done(changed)) return std::unexpected(change_dropped(table));
  return changed;
}

Result<db::Rows> change_all(db::Transaction& transaction, std::string_view table, std::string_view sql,
                            std::string_view holds, const db::Batch& batch, const db::Values& parameters) {
  db::Rows changed = TRY(write_all(transaction, table, returning(sql, holds), batch, parameters));
  const auto dropped = std::ranges::count_if(changed, [](const db::Row& row) { return !is_done(row); });
  if (dropped > 0) return std::unexpected(changes_dropped(static_cast<std::size_t>(dropped), batch.size(), table));
  return changed;
}

}  // namespace dmw::catalog
