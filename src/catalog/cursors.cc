#include "catalog/cursors.h"

#include "base/format.h"

namespace dmw::catalog {
namespace {

Result<Tags> known(db::Database& database, const char* table, const std::string& source,
                   std::span<const std::string> resources) {
  db::Batch rows({{"resource", db::Type::text}});
  for (const std::string& resource : resources) rows.add({resource});
  Tags tags;
  if (rows.empty()) return tags;
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  const db::Rows found = TRY(transaction->bulk(
      format("select resource, tag from {} where source = $1 and resource = {{any resource}}", table), rows, {source}));
  for (const db::Row& row : found) tags[row.text(0)] = row.text(1);
  return tags;
}

}  // namespace

Result<std::optional<Cursor>> read_cursor(db::Database& database, const std::string& source) {
  const db::Rows rows = TRY(database.read("select position, database_id from cursors where source = $1", {source}));
  if (rows.empty()) return std::nullopt;
  return Cursor{rows.at(0).integer(0), rows.at(0).text(1)};
}

Result<> write_cursor(db::Transaction& transaction, const std::string& source, const Cursor& cursor) {
  TRY(transaction.query(
      "insert into cursors(source, position, database_id, updated_at) values ($1, $2, $3, {now}) "
      "on conflict(source) do update set position = excluded.position, database_id = excluded.database_id, "
      "updated_at = excluded.updated_at",
      {source, cursor.position, db::text_or_null(cursor.database_id)}));
  return {};
}

Result<Tags> known_instances(db::Database& database, const std::string& source,
                             std::span<const std::string> resources) {
  return known(database, "source_instances", source, resources);
}

Result<Tags> known_studies(db::Database& database, const std::string& source, std::span<const std::string> resources) {
  return known(database, "source_studies", source, resources);
}

}  // namespace dmw::catalog
