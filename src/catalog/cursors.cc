#include "catalog/cursors.h"

#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "catalog/writes.h"

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

std::string holes_text(const std::vector<std::pair<std::int64_t, std::int64_t>>& holes) {
  json::array list;
  for (const auto& [from, to] : holes) list.push_back(json::array{from, to});
  return json::serialize(list);
}

Result<std::vector<std::pair<std::int64_t, std::int64_t>>> holes_of(const std::string& text) {
  const auto number = [](const json::value& value) { return value.is_int64() ? value.get_int64() : -1; };
  const json::value list = TRY(json::parse(text));
  std::vector<std::pair<std::int64_t, std::int64_t>> holes;
  if (!list.is_array()) return fail(Errc::internal, "the holes of a cursor in the catalog are not a JSON array");
  for (const json::value& hole : list.get_array()) {
    if (!hole.is_array() || hole.get_array().size() != 2)
      return fail(Errc::internal, "a hole of a cursor in the catalog is not two numbers");
    holes.emplace_back(number(hole.get_array()[0]), number(hole.get_array()[1]));
  }
  return holes;
}

}  // namespace

Result<std::optional<Cursor>> read_cursor(db::Database& database, const std::string& source) {
  const db::Rows rows =
      TRY(database.read("select position, database_id, read_to, holes from cursors where source = $1", {source}));
  if (rows.empty()) return std::nullopt;
  const db::Row& row = rows.at(0);
  Cursor cursor{row.integer(0), row.text(1), std::max(row.integer(0), row.integer(2)), {}};
  if (!row.is_null(3)) cursor.holes = TRY(holes_of(row.text(3)));
  return cursor;
}

Result<> write_cursor(db::Transaction& transaction, const std::string& source, const Cursor& cursor) {
  TRY(change_one(
      transaction, "cursors",
      "insert into cursors(source, position, database_id, updated_at, read_to, holes) values ($1, $2, $3, {now}, $4, "
      "$5) on conflict(source) do update set position = excluded.position, database_id = excluded.database_id, "
      "updated_at = excluded.updated_at, read_to = excluded.read_to, holes = excluded.holes",
      "position = $2 and read_to = $4",
      {source, cursor.position, db::text_or_null(cursor.database_id), std::max(cursor.position, cursor.read_to),
       cursor.holes.empty() ? db::Value(db::Null{}) : db::Value(holes_text(cursor.holes))}));
  return {};
}

Result<std::optional<std::string>> read_backfill(db::Database& database, const std::string& source,
                                                 const std::string& setting) {
  const db::Rows rows = TRY(database.read(
      "select arrived_since from source_backfills where source = $1 and setting = $2", {source, setting}));
  if (rows.empty()) return std::nullopt;
  return rows.at(0).text(0);
}

Result<> write_backfill(db::Database& database, const std::string& source, const std::string& setting,
                        const std::string& arrived_since) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(change_one(transaction, "source_backfills",
                   "insert into source_backfills(source, setting, arrived_since) values ($1, $2, $3) "
                   "on conflict(source) do update set setting = excluded.setting, "
                   "arrived_since = excluded.arrived_since",
                   "setting = $2", {source, setting, db::text_or_null(arrived_since)}));
    return {};
  });
}

Result<Tags> known_instances(db::Database& database, const std::string& source,
                             std::span<const std::string> resources) {
  return known(database, "source_instances", source, resources);
}

Result<Tags> known_studies(db::Database& database, const std::string& source, std::span<const std::string> resources) {
  return known(database, "source_studies", source, resources);
}

}  // namespace dmw::catalog
