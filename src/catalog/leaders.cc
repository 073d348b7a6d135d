#include "catalog/leaders.h"

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

/// `table` is `leaders` keyed by `role`, or `sinks` keyed by `name`; both have holder, epoch and leased_until.
struct LeaseTable {
  const char* table;
  const char* key;
  const char* position;
  const char* also;  // further columns that change with a lease
};
constexpr LeaseTable roles{"leaders", "role", "0", ""};
/// A program that publishes to a sink has it in its settings.
constexpr LeaseTable sinks{"sinks", "name", "position", ", configured = true"};

Result<> note_passed_over(db::Transaction& transaction, const std::string& sink, const std::string& why) {
  TRY(write_one(
      transaction, "audit",
      "insert into audit(at, actor, action, subject, detail) values ({now}, 'program', 'sink.pass_over', $1, $2)",
      {sink, why}));
  return {};
}

/// If the next events of a sink were deleted, as for a new one at position 0, it continues with the first event in the
/// log.
Result<> pass_over_gone_events(db::Transaction& transaction, const std::string& sink, Lease& lease) {
  const db::Rows first =
      TRY(transaction.query("select coalesce((select min(position) from events where position > $1), "
                            "(select position from event_head) + 1)",
                            {lease.position}));
  const std::int64_t before = first.at(0).integer(0) - 1;
  if (lease.position >= before) return {};
  lease.passed_over = before - lease.position;
  lease.position = before;
  // Events before a new sink do not count as skipped. A required sink can only miss events that no longer exist, as at
  // a gap.
  const bool is_new = lease.epoch == 1;
  const db::Row moved = TRY(change_one(transaction, "sinks",
                                       "update sinks set position = $2, passed_over = passed_over + case when required "
                                       "then 0 else $3 end where name = $1 returning required",
                                       "position = $2", {sink, before, is_new ? 0 : lease.passed_over}));
  if (is_new || moved.boolean(1)) return {};
  return note_passed_over(transaction, sink,
                          format("{} events that are no longer in the log, up to event {}", lease.passed_over, before));
}

/// Whether another holder has a valid lease. If not, no one can take it before the transaction ends.
Result<bool> is_anothers(db::Transaction& transaction, const LeaseTable& where, const std::string& what,
                         const std::string& holder) {
  const db::Rows rows = TRY(transaction.query(
      format("select case when holder is null or holder = $2 or leased_until < {{now}} or leased_until > {{now}} + {} "
             "then 0 else 1 end from {} where {} = $1 {{for_update}}",
             lease_most_us, where.table, where.key),
      {what, holder}));
  if (rows.empty()) return std::unexpected(change_dropped(where.table));
  return rows[0].boolean(0);
}

/// Must be called in a transaction in which the row of `what` exists.
Result<std::optional<Lease>> take(db::Transaction& transaction, const LeaseTable& where, const std::string& what,
                                  const std::string& holder, std::chrono::seconds lease,
                                  std::optional<std::int64_t> my_epoch) {
  const std::int64_t micros = std::chrono::microseconds(lease).count();
  const db::Rows renewed =
      TRY(transaction.query(format("update {} set leased_until = {{now}} + $3{} where {} = $1 and holder = $2 and "
                                   "epoch = $4 returning epoch, {}",
                                   where.table, where.also, where.key, where.position),
                            {what, holder, micros, my_epoch.value_or(-1)}));
  if (!renewed.empty()) return Lease{renewed.at(0).integer(0), renewed.at(0).integer(1)};
  if (TRY(is_anothers(transaction, where, what, holder))) return std::nullopt;
  const db::Row taken =
      TRY(change_one(transaction, where.table,
                     format("update {} set holder = $2, epoch = epoch + 1, leased_until = {{now}} + $3{} where {} = $1 "
                            "returning epoch, {}",
                            where.table, where.also, where.key, where.position),
                     "holder = $2", {what, holder, micros}));
  return Lease{taken.integer(1), taken.integer(2)};
}

Result<> give_up(db::Database& database, const LeaseTable& where, const std::string& what, const std::string& holder) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.query(format("update {} set holder = null, leased_until = {{now}} where {} = $1 and holder = $2",
                                 where.table, where.key),
                          {what, holder}));
    return {};
  });
}

}  // namespace

Result<std::optional<Lease>> lead(db::Database& database, const std::string& role, const std::string& holder,
                                  std::chrono::seconds lease, std::optional<std::int64_t> my_epoch) {
  return database.write([&](db::Transaction& transaction) -> Result<std::optional<Lease>> {
    TRY(transaction.query("insert into leaders(role) values ($1) on conflict(role) do nothing", {role}));
    return take(transaction, roles, role, holder, lease, my_epoch);
  });
}

Result<> resign(db::Database& database, const std::string& role, const std::string& holder) {
  return give_up(database, roles, role, holder);
}

Result<> require_lead(db::Transaction& transaction, const std::string& role, std::int64_t epoch) {
  const db::Rows rows =
      TRY(transaction.query("select epoch from leaders where role = $1 and epoch = $2 {for_update}", {role, epoch}));
  if (rows.empty()) return fail(Errc::stale, "another process leads as " + role + " now");
  return {};
}

Result<std::optional<Lease>> take_sink(db::Database& database, const SinkTerms& sink, const std::string& holder,
                                       std::chrono::seconds lease, std::optional<std::int64_t> my_epoch) {
  return database.write([&](db::Transaction& transaction) -> Result<std::optional<Lease>> {
    TRY(make_sink(transaction, sink));
    std::optional<Lease> got = TRY(take(transaction, sinks, sink.name, holder, lease, my_epoch));
    if (got && got->epoch != my_epoch) TRY(pass_over_gone_events(transaction, sink.name, *got));
    return got;
  });
}

namespace {

/// Moves the sink as advance_sink() does. `also`: further columns, with `more` as $5 and so on.
Result<> move_sink(db::Transaction& transaction, const std::string& sink, std::int64_t epoch, std::int64_t position,
                   std::chrono::seconds lease, std::string_view also = "", const db::Values& more = {}) {
  db::Values values = {sink, epoch, position, std::int64_t{std::chrono::microseconds(lease).count()}};
  values.insert(values.end(), more.begin(), more.end());
  const db::Rows rows =
      TRY(transaction.query(format("update sinks set position = $3, leased_until = {{now}} + $4{} where name = $1 and "
                                   "epoch = $2 and position <= $3 returning position = $3",
                                   also),
                            values));
  if (!rows.empty()) return rows[0].boolean(0) ? Result<>() : std::unexpected(change_dropped("sinks"));
  TRY(expect_none(TRY(transaction.query("select 1 from sinks where name = $1 and epoch = $2 and position <= $3",
                                        {sink, epoch, position})),
                  "sinks"));
  return fail(Errc::stale, "another process publishes to " + sink + " now");
}

}  // namespace

Result<> advance_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                      std::chrono::seconds lease) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(move_sink(transaction, sink, epoch, position, lease));
    crash_point("sink.before_commit");
    return {};
  });
}

Result<> pass_over_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                        std::chrono::seconds lease, std::int64_t events, const std::string& why) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(move_sink(transaction, sink, epoch, position, lease, ", passed_over = passed_over + $5", {events}));
    TRY(note_passed_over(transaction, sink, why));
    crash_point("sink.before_pass_over_commit");
    return {};
  });
}

Result<> release_sink(db::Database& database, const std::string& sink, const std::string& holder) {
  return give_up(database, sinks, sink, holder);
}

}  // namespace dmw::catalog
