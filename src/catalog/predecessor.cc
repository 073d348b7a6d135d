#include "catalog/predecessor.h"

#include "base/format.h"
#include "catalog/migrations.h"
#include "catalog/recording/study_book.h"

namespace dmw::catalog {
namespace {

using Obstacles = std::vector<std::string>;

bool is_postgres(const db::Database& database) {
  return database.engine() == db::Engine::postgres;
}

Result<bool> has_table(db::Database& database, const std::string& table) {
  const db::Rows rows =
      TRY(database.read(is_postgres(database) ? "select to_regclass($1) is not null"
                                              : "select count(*) from sqlite_master where type = 'table' and name = $1",
                        {table}));
  return rows.at(0).boolean(0);
}

/// As the recorder does for the first instance of a study.
Result<> write_a_study(db::Transaction& transaction) {
  SpooledInstance item;
  item.session.correlation_id = Uuid::random();
  item.session.source = "doctor";
  item.attributes.emplace().study_uid = StudyUid("2.25.0");
  StudyBook studies(transaction, std::span(&item, 1));
  return studies.lock();
}

Result<> upgrade(db::Transaction& transaction, db::Engine engine) {
  TRY(run_all(transaction, engine));
  if (const Result<> written = write_a_study(transaction); !written)
    return during(written.error(), "the write of a study after it");
  return {};
}

/// What was said by the database is an obstacle; that it went away is not.
Result<Obstacles> obstacles_of(const Result<>& done) {
  if (done) return Obstacles();
  const Errc code = done.error().code;
  if (code != Errc::internal && code != Errc::data) return std::unexpected(done.error());
  return Obstacles{done.error().message()};
}

Result<Obstacles> rehearse_sqlite(db::Database& database, db::Database& scratch) {
  const db::Rows rows =
      TRY(database.read("select sql from sqlite_master where sql is not null and substr(name, 1, 7) <> 'sqlite_' "
                        "order by rowid"));
  const std::unique_ptr<db::Transaction> transaction = TRY(scratch.begin(db::Access::write));
  for (const db::Row& row : rows) TRY(transaction->script(row.text(0)));
  return obstacles_of(upgrade(*transaction, db::Engine::sqlite));
}

/// Migrations alter the table: that is its owner's right.
Result<> check_owner(db::Transaction& transaction, Obstacles& obstacles) {
  const db::Rows rows =
      TRY(transaction.query("select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('studies') and not "
                            "pg_has_role(relowner, 'USAGE')"));
  if (!rows.empty())
    obstacles.push_back(format("the table studies belongs to {}, and only its owner may alter it", rows[0].text(0)));
  return {};
}

/// PostgreSQL changes no type of a column that a view reads.
Result<> check_views(db::Transaction& transaction, Obstacles& obstacles) {
  const db::Rows rows = TRY(transaction.query(
      "select distinct v.relname from pg_depend d join pg_rewrite r on r.oid = d.objid "
      "join pg_class v on v.oid = r.ev_class "
      "join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid "
      "where d.classid = 'pg_rewrite'::regclass and d.refobjid = to_regclass('studies') and v.relname <> 'studies' "
      "and a.attname <> 'created_at' order by 1"));
  for (const db::Row& row : rows) obstacles.push_back(format("the view {} reads the table studies", row.text(0)));
  return {};
}

/// A default that would take a number from the predecessor's own sequence.
Result<> stop_counting(db::Transaction& transaction) {
  const db::Rows rows = TRY(transaction.query(
      "select attname from pg_attribute where attrelid = 'pg_temp.studies'::regclass and attname = 'id' and atthasdef "
      "and attidentity = ''"));
  if (rows.empty()) return {};
  return transaction.script("alter table pg_temp.studies alter column id set default 0");
}

constexpr std::string_view temporary_names =
    "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind in ('r', 'v', 'i', 'S')";

/// The copy lies in the schema of temporary tables, where the migrations then run: only what would meet tables of
/// others must be asked for.
Result<> check_names(db::Transaction& transaction, Obstacles& obstacles) {
  const db::Rows rows = TRY(transaction.query(
      format("select relname from pg_class where relnamespace = current_setting('dmw.schema')::regnamespace "
             "and relname in ({}) and relname not in (select name from dmw_doctor_before) order by 1",
             temporary_names)));
  for (const db::Row& row : rows)
    obstacles.push_back(format("there is a {} already, which is a name of this program", row.text(0)));
  return {};
}

Result<> rehearse_in(db::Transaction& transaction, Obstacles& obstacles) {
  TRY(check_owner(transaction, obstacles));
  TRY(check_views(transaction, obstacles));
  TRY(transaction.query("select set_config('dmw.schema', quote_ident(current_schema()), true)"));
  TRY(transaction.script("create temp table studies (like studies including all)"));
  TRY(stop_counting(transaction));
  TRY(transaction.script(
      format("create temp table dmw_doctor_before as select relname::text as name from ({}) as names; "
             "set local search_path to pg_temp",
             temporary_names)));
  TRY(upgrade(transaction, db::Engine::postgres));
  return check_names(transaction, obstacles);
}

Result<Obstacles> rehearse_postgres(db::Database& database) {
  const db::Rows may = TRY(database.read("select has_database_privilege(current_database(), 'TEMP')"));
  if (!may.at(0).boolean(0)) return fail(Errc::unauthorized, "this user may not make temporary tables");
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::write));
  Obstacles obstacles;
  Obstacles more = TRY(obstacles_of(rehearse_in(*transaction, obstacles)));
  for (std::string& one : more) obstacles.push_back(std::move(one));
  return obstacles;
}

}  // namespace

Result<std::optional<Predecessor>> look_at_predecessor(db::Database& database) {
  if (!TRY(has_table(database, "studies"))) return std::nullopt;
  Predecessor found;
  found.upgraded = TRY(has_table(database, "dmw_schema"));
  const std::string odd =
      is_postgres(database) ? "study_instance_uid ~ '[^0-9.]'" : "study_instance_uid glob '*[^0-9.]*'";
  const db::Rows rows =
      TRY(database.read(format("select count(*), coalesce(sum(case when {} then 1 else 0 end), 0), {} from studies{}",
                               odd, is_postgres(database) ? "pg_total_relation_size(to_regclass('studies'))" : "0",
                               found.upgraded ? " where session_id = 0" : "")));
  found.rows = rows.at(0).integer(0);
  found.odd_uids = rows.at(0).integer(1);
  found.size_bytes = rows.at(0).integer(2);
  return found;
}

Result<std::vector<std::string>> rehearse_upgrade(db::Database& database, db::Database* scratch) {
  if (is_postgres(database)) return rehearse_postgres(database);
  ASSERT(scratch != nullptr);
  return rehearse_sqlite(database, *scratch);
}

}  // namespace dmw::catalog
