#include "catalog/migrations.h"

#include <algorithm>
#include <string_view>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

struct Script {
  std::string_view file;
  std::string_view sql;
};

constexpr Script scripts[] = {
#include "schema.inc"
};

std::string_view script_of(int number, db::Engine engine) {
  const std::string file = format("{:03}.{}.sql", number, engine == db::Engine::postgres ? "pg" : "sqlite");
  const auto found = std::ranges::find(scripts, file, &Script::file);
  ASSERT(found != std::end(scripts));
  return found->sql;
}

Result<int> schema_in_force(db::Database& database) {
  return database.write([](db::Transaction& transaction) -> Result<int> {
    TRY(transaction.query("create table if not exists dmw_schema(version int primary key)"));
    const db::Rows rows = TRY(transaction.query("select coalesce(max(version), 0) from dmw_schema"));
    return static_cast<int>(rows.at(0).integer(0));
  });
}

Result<> step(db::Database& database, int number) {
  const Result<> done = database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.script(script_of(number, database.engine())));
    crash_point("migrate.before_commit");
    TRY(write_one(transaction, "dmw_schema", "insert into dmw_schema(version) values ($1)", {std::int64_t{number}}));
    return {};
  });
  if (!done) return during(done.error(), format("migration {}", number));
  crash_point("migrate.after_commit");
  return {};
}

/// Keeps `value` under `key` unless there is one; returns the one that is there.
Result<std::string> keep_once(db::Database& database, const std::string& key, const std::string& value) {
  return database.write([&](db::Transaction& transaction) -> Result<std::string> {
    TRY(transaction.query("insert into catalog_info(key, value) values ($1, $2) on conflict(key) do nothing",
                          {key, value}));
    const db::Rows rows = TRY(transaction.query("select value from catalog_info where key = $1", {key}));
    if (rows.empty()) return std::unexpected(change_dropped("catalog_info"));
    return rows.at(0).text(0);
  });
}

}  // namespace

int newest_schema() {
  int newest = 0;
  for (const Script& script : scripts) newest = std::max(newest, std::stoi(std::string(script.file.substr(0, 3))));
  return newest;
}

std::unexpected<Error> newer_schema(int found) {
  return fail(Errc::conflict,
              format("the catalog has schema {}, this program knows {} at most: start the newer program again", found,
                     newest_schema()));
}

Result<SchemaState> migrate(db::Database& database) {
  return migrate(database, newest_schema());
}

Result<SchemaState> migrate(db::Database& database, int schema) {
  SchemaState state;
  TRY(database.exclusively("dmw.migrate", [&]() -> Result<> {
    state.schema = TRY(schema_in_force(database));
    if (state.schema > newest_schema()) return newer_schema(state.schema);
    while (state.schema < schema) TRY(step(database, ++state.schema));
    return {};
  }));
  const std::string id = TRY(keep_once(database, "catalog_id", Uuid::random().text()));
  const std::optional<Uuid> parsed = Uuid::parse(id);
  if (!parsed) return fail(Errc::internal, "catalog_info.catalog_id is not a UUID");
  state.catalog_id = *parsed;
  return state;
}

Result<> run_all(db::Transaction& transaction, db::Engine engine) {
  for (int number = 1; number <= newest_schema(); ++number) {
    if (const Result<> done = transaction.script(script_of(number, engine)); !done)
      return during(done.error(), format("migration {}", number));
  }
  return {};
}

}  // namespace dmw::catalog
