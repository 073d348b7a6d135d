#include "catalog/sinks.h"

#include <algorithm>

#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

/// A program that ends normally gives up its leases, and takes them again within seconds after a restart.
constexpr std::chrono::microseconds left_alone = std::chrono::minutes(1);

bool is_among(const std::vector<SinkTerms>& sinks, const std::string& name) {
  return std::ranges::find(sinks, name, &SinkTerms::name) != sinks.end();
}

/// Marks the configured sinks other than `kept` for which `condition` holds as no longer configured; returns their
/// names.
Result<std::vector<std::string>> retire(db::Transaction& transaction, const std::vector<SinkTerms>& kept,
                                        std::string_view condition, const db::Value& parameter) {
  std::vector<std::string> retired;
  const db::Rows others = TRY(transaction.query(
      format("select name from sinks where configured and {} order by name {{for_update}}", condition), {parameter}));
  for (const db::Row& row : others) {
    if (is_among(kept, row.text(0))) continue;
    TRY(change_one(transaction, "sinks", "update sinks set configured = false where name = $1", "not configured",
                   {row.text(0)}));
    retired.push_back(row.text(0));
  }
  return retired;
}

}  // namespace

Result<> make_sink(db::Transaction& transaction, const SinkTerms& sink) {
  TRY(transaction.query(
      "insert into sinks(name, topic, required, position) values ($1, $2, $3, case when $4 then (select "
      "position from event_head) else 0 end) on conflict(name) do nothing",
      {sink.name, static_cast<std::int64_t>(sink.topic), sink.is_required, sink.begins_now}));
  return {};
}

Result<std::vector<std::string>> declare_sinks(db::Database& database, const std::vector<SinkTerms>& sinks,
                                               const std::string& holder) {
  return database.write([&](db::Transaction& transaction) -> Result<std::vector<std::string>> {
    for (const SinkTerms& sink : sinks) {
      TRY(make_sink(transaction, sink));
      TRY(change_one(transaction, "sinks",
                     "update sinks set topic = $2, required = $3, configured = true where name = $1",
                     "topic = $2 and required = $3 and configured",
                     {sink.name, static_cast<std::int64_t>(sink.topic), sink.is_required}));
    }
    const std::string free = format(
        "(holder is null or holder = $1 or leased_until < {{now}} or leased_until > {{now}} + {})", lease_most_us);
    return retire(transaction, sinks, free, holder);
  });
}

Result<std::vector<std::string>> retire_sinks(db::Database& database, const std::vector<SinkTerms>& configured) {
  const db::Rows alive = TRY(database.read("select name from sinks where configured"));
  const bool has_others =
      std::ranges::any_of(alive, [&](const db::Row& row) { return !is_among(configured, row.text(0)); });
  if (!has_others) return std::vector<std::string>();
  return database.write([&](db::Transaction& transaction) -> Result<std::vector<std::string>> {
    return retire(transaction, configured, "leased_until < {now} - $1", left_alone.count());
  });
}

Result<DroppedSinks> drop_idle_sinks(db::Database& database, const std::vector<SinkTerms>& configured, MicrosUtc now,
                                     std::chrono::microseconds idle) {
  const std::string_view is_idle = "leased_until < {now} - $1 and leased_until < $2";
  const db::Values since = {idle.count(), now - idle.count()};
  DroppedSinks dropped;
  for (const db::Row& row : TRY(database.read(format("select name from sinks where {}", is_idle), since))) {
    const std::string& name = row.text(0);
    if (is_among(configured, name)) continue;
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
  const db::Rows rows = TRY(
      database.read("select coalesce((select min(position) from sinks where topic = 1 and required), position) from "
                    "event_head"));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Result<std::optional<std::int64_t>> sink_position(db::Database& database, const std::string& sink) {
  const db::Rows rows = TRY(database.read("select position from sinks where name = $1", {sink}));
  if (rows.empty()) return std::nullopt;
  return rows.at(0).integer(0);
}

Result<std::int64_t> passed_over(db::Database& database, const std::string& sink) {
  const db::Rows rows = TRY(database.read("select passed_over from sinks where name = $1", {sink}));
  return rows.empty() ? 0 : rows.at(0).integer(0);
}

}  // namespace dmw::catalog
