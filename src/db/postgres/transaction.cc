#include "db/postgres/transaction.h"

#include <libpq-fe.h>

#include "base/format.h"
#include "db/statement.h"

namespace dmw::db::postgres {
namespace {

constexpr Dialect dialect{"(extract(epoch from clock_timestamp()) * 1000000)::bigint", "for update",
                          "for update skip locked", "any(array(select ", " from batch))"};
// A migration builds indexes over a whole catalog.
constexpr std::chrono::minutes script_timeout{15};

}  // namespace

PostgresTransaction::~PostgresTransaction() {
  Connection& connection = *lease_.item;
  if (!connection.is_lost() && !connection.is_idle()) {
    const Result<Answer> rolled_back = connection.run_script("rollback");
  }
  if (!connection.is_idle()) lease_.item.reset();
}

Result<Rows> PostgresTransaction::query(std::string_view sql, const Values& parameters) {
  Parameters sent;
  for (const Value& value : parameters) TRY(sent.add(value));
  return run(expand(sql, dialect), sent);
}

Result<Rows> PostgresTransaction::bulk(std::string_view sql, const Batch& batch, const Values& parameters) {
  if (batch.empty()) return Rows{};
  Parameters sent;
  for (const Value& value : parameters) TRY(sent.add(value));
  for (std::size_t column = 0; column < batch.columns().size(); ++column) sent.add_column(batch, column);
  return run(with_batch(relation(batch, parameters.size() + 1), expand(sql, dialect)), sent);
}

Result<std::vector<std::int64_t>> PostgresTransaction::reserve_ids(std::string_view table, std::size_t count) {
  if (count == 0) return std::vector<std::int64_t>();
  // The subquery looks the sequence up once; without it PostgreSQL would do so for each id.
  const Rows rows =
      TRY(query("select nextval((select pg_get_serial_sequence($1, 'id')::regclass)) from generate_series(1, $2)",
                {std::string(table), static_cast<std::int64_t>(count)}));
  std::vector<std::int64_t> ids;
  for (const Row& row : rows) {
    if (row.is_null(0)) return fail(Errc::internal, format("the column id of {} has no sequence of its own", table));
    ids.push_back(row.integer(0));
  }
  return ids;
}

Result<> PostgresTransaction::script(std::string_view sql) {
  if (failed_) return std::unexpected(*failed_);
  const std::string text =
      format("set local statement_timeout = {};\n{}",
             std::chrono::duration_cast<std::chrono::milliseconds>(script_timeout).count(), expand(sql, dialect));
  TRY(keep(lease_.item->run_script(text, script_timeout)));
  return {};
}

Result<> PostgresTransaction::commit() {
  if (failed_) return std::unexpected(*failed_);
  const Answer answer = TRY(keep(lease_.item->run_script("commit")));
  // The server answers ROLLBACK, not an error, when the transaction had failed.
  if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT")
    return fail(Errc::internal, "PostgreSQL rolled back instead of committing");
  return {};
}

Result<Rows> PostgresTransaction::run(const std::string& sql, const Parameters& parameters) {
  if (failed_) return std::unexpected(*failed_);
  const Answer answer = TRY(keep(lease_.item->run(sql, parameters)));
  return rows_of(answer.get());
}

Result<Answer> PostgresTransaction::keep(Result<Answer> answer) {
  if (answer) return answer;
  // A server that became a standby under us refuses to write until we connect to the new primary.
  const bool demoted = access_ == Access::write && lease_.item->last_sqlstate() == "25006";
  if (demoted) answer.error().code = Errc::unavailable;
  failed_ = answer.error();
  return answer;
}

}  // namespace dmw::db::postgres
