#include "catalog/standing.h"

#include <charconv>

#include "base/format.h"
#include "catalog/leaders.h"
#include "catalog/settling.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

Result<bool> has_tables(db::Database& database) {
  const std::string_view sql = database.engine() == db::Engine::postgres
                                   ? "select count(*) from pg_tables where schemaname = current_schema() and "
                                     "tablename in ('catalog_info', 'event_head', 'leaders', 'versions')"
                                   : "select count(*) from sqlite_master where type = 'table' and "
                                     "name in ('catalog_info', 'event_head', 'leaders', 'versions')";
  return TRY(database.read(sql)).at(0).integer(0) == 4;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Result<CatalogStanding> read_standing(db::Database& database) {
  CatalogStanding standing;
  if (!TRY(has_tables(database))) return standing;
  for (const db::Row& row : TRY(database.read("select key, value from catalog_info"))) {
    if (row.text(0) == "store_id") standing.store_id = row.text(1);
    if (row.text(0) == "catalog_id") standing.catalog_id = Uuid::parse(row.text(1));
    if (row.text(0) == "turn") standing.turn = number_of(row.text(1));
    if (row.text(0) == "adopting") standing.adopting = true;
  }
  const db::Rows rows =
      TRY(database.read("select (select position from event_head), "
                        "coalesce((select epoch from leaders where role = 'settler'), 0), "
                        "coalesce((select max(id) from versions), 0)"));
  standing.position = rows.at(0).integer(0);
  standing.settler_epoch = rows.at(0).integer(1);
  standing.newest_version = rows.at(0).integer(2);
  return standing;
}

std::unexpected<Error> went_back() {
  return fail(
      Errc::conflict,
      "the catalog is older than it was a moment ago, as after a restore or the failover to a database that was "
      "behind: nothing is published; stop serve and run `dicom-middleware doctor`");
}

Result<std::int64_t> take_turn(db::Database& database, std::int64_t epoch, std::int64_t last) {
  return database.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    TRY(require_lead(transaction, settler_role, epoch));
    const db::Rows rows = TRY(
        transaction.query("insert into catalog_info(key, value) values ('turn', '1') on conflict(key) do update set "
                          "value = cast(cast(catalog_info.value as bigint) + 1 as text) "
                          "where cast(catalog_info.value as bigint) >= $1 returning value",
                          {last}));
    if (!rows.empty()) {
      const std::int64_t turn = number_of(rows[0].text(0));
      if (turn <= last) return std::unexpected(change_dropped("catalog_info"));
      return turn;
    }
    const db::Rows counted =
        TRY(transaction.query("select 1 from catalog_info where key = 'turn' and cast(value as bigint) >= $1", {last}));
    if (last == 0 || !counted.empty()) return std::unexpected(change_dropped("catalog_info"));
    return went_back();
  });
}

Result<> bind_store(db::Database& database, const std::string& store_id, const std::string& objects_uri) {
  const std::string bound = TRY(database.write([&](db::Transaction& transaction) -> Result<std::string> {
    TRY(transaction.query("insert into catalog_info(key, value) values ('store_id', $1) on conflict(key) do nothing",
                          {store_id}));
    const db::Rows rows = TRY(transaction.query("select value from catalog_info where key = 'store_id'"));
    if (rows.empty()) return std::unexpected(change_dropped("catalog_info"));
    std::string known = rows[0].text(0);
    if (known == store_id && !objects_uri.empty()) {
      TRY(transaction.query(
          "insert into catalog_info(key, value) values ('objects_uri', $1) on conflict(key) do update "
          "set value = excluded.value where catalog_info.value <> excluded.value",
          {objects_uri}));
    }
    return known;
  }));
  if (bound != store_id) {
    return fail(Errc::conflict, format("this catalog belongs to store {}, STORAGE_PATH holds store {}: set "
                                       "DATABASE_URL and STORAGE_PATH to the same installation",
                                       bound, store_id));
  }
  return {};
}

}  // namespace dmw::catalog
