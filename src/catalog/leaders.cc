#include "catalog/leaders.h"

#include <algorithm>

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
};
constexpr LeaseTable roles{"leaders", "role", "0"};
constexpr LeaseTable sinks{"sinks", "name", "position"};

/// A sink behind which events are gone, as before a new one that stands at 0, goes on with the next that is kept.
Result<> pass_over_gone_events(db::Transaction& transaction, const std::string& sink, Lease& lease) {
  const db::Rows first =
      TRY(transaction.query("select coalesce((select min(position) from events where position > $1), "
                            "(select position from event_head) + 1)",
                            {lease.position}));
  const std::int64_t before = first.at(0).integer(0) - 1;
  if (lease.position >= before) return {};
  TRY(write_one(transaction, "sinks", "update sinks set position = $2 where name = $1", {sink, before}));
  lease.passed_over = before - lease.position;
  lease.position = before;
  return {};
}

/// Whether another holder's lease is in force; if not, nobody takes it before the end of the transaction.
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

Result<std::optional<Lease>> take(db::Database& database, const LeaseTable& where, const std::string& what,
                                  const std::string& holder, std::chrono::seconds lease,
                                  std::optional<std::int64_t> my_epoch) {
  return database.write([&](db::Transaction& transaction) -> Result<std::optional<Lease>> {
    TRY(transaction.query(
        format("insert into {0}({1}) values ($1) on conflict({1}) do nothing", where.table, where.key), {what}));
    const std::int64_t micros = std::chrono::microseconds(lease).count();
    const db::Rows renewed = TRY(transaction.query(format("update {} set leased_until = {{now}} + $3 where {} = $1 and "
                                                          "holder = $2 and epoch = $4 returning epoch, {}",
                                                          where.table, where.key, where.position),
                                                   {what, holder, micros, my_epoch.value_or(-1)}));
    if (!renewed.empty()) return Lease{renewed.at(0).integer(0), renewed.at(0).integer(1)};
    if (TRY(is_anothers(transaction, where, what, holder))) return std::nullopt;
    const db::Row taken = TRY(write_one(
        transaction, where.table,
        format("update {} set holder = $2, epoch = epoch + 1, leased_until = {{now}} + $3 where {} = $1 returning "
               "epoch, {}",
               where.table, where.key, where.position),
        {what, holder, micros}));
    Lease got{taken.integer(0), taken.integer(1)};
    if (&where == &sinks) TRY(pass_over_gone_events(transaction, what, got));
    return got;
  });
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
  return take(database, roles, role, holder, lease, my_epoch);
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

Result<std::optional<Lease>> take_sink(db::Database& database, const std::string& sink, const std::string& holder,
                                       std::chrono::seconds lease, std::optional<std::int64_t> my_epoch) {
  return take(database, sinks, sink, holder, lease, my_epoch);
}

Result<> advance_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                      std::chrono::seconds lease) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    const db::Rows rows =
        TRY(transaction.query("update sinks set position = $3, leased_until = {now} + $4 where name = $1 and epoch = "
                              "$2 and position <= $3 returning epoch",
                              {sink, epoch, position, std::int64_t{std::chrono::microseconds(lease).count()}}));
    if (rows.empty()) {
      TRY(expect_none(TRY(transaction.query("select 1 from sinks where name = $1 and epoch = $2 and position <= $3",
                                            {sink, epoch, position})),
                      "sinks"));
      return fail(Errc::stale, "another process publishes to " + sink + " now");
    }
    crash_point("sink.before_commit");
    return {};
  });
}

Result<> release_sink(db::Database& database, const std::string& sink, const std::string& holder) {
  return give_up(database, sinks, sink, holder);
}

Result<DroppedSinks> drop_idle_sinks(db::Database& database, const std::vector<std::string>& configured, MicrosUtc now,
                                     std::chrono::microseconds idle) {
  const std::string_view is_idle = "leased_until < {now} - $1 and leased_until < $2";
  const db::Values since = {idle.count(), now - idle.count()};
  DroppedSinks dropped;
  for (const db::Row& row : TRY(database.read(format("select name from sinks where {}", is_idle), since))) {
    const std::string& name = row.text(0);
    if (std::ranges::find(configured, name) != configured.end()) continue;
    const Result<bool> gone = database.write([&](db::Transaction& transaction) -> Result<bool> {
      const db::Values one = {since[0], since[1], name};
      const std::string which = format("{} and name = $3", is_idle);
      const db::Rows deleted = TRY(transaction.query(format("delete from sinks where {} returning name", which), one));
      TRY(expect_none(TRY(transaction.query(format("select 1 from sinks where {}", which), one)), "sinks"));
      return !deleted.empty();
    });
    if (!gone && !db::may_be_of_rows(gone.error())) return std::unexpected(gone.error());
    if (!gone && !dropped.why) dropped.why = during(gone.error(), "the removal of sink " + name).error();
    if (gone && *gone) dropped.names.push_back(name);
  }
  return dropped;
}

Result<std::int64_t> delivered_position(db::Database& database) {
  const db::Rows rows =
      TRY(database.read("select coalesce((select min(position) from sinks where name <> 'kafka/dlq'), position) from "
                        "event_head"));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Result<std::optional<std::int64_t>> sink_position(db::Database& database, const std::string& sink) {
  const db::Rows rows = TRY(database.read("select position from sinks where name = $1", {sink}));
  if (rows.empty()) return std::nullopt;
  return rows.at(0).integer(0);
}

}  // namespace dmw::catalog
