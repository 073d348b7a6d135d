#include "catalog/event_log.h"

#include "base/crash_point.h"

namespace dmw::catalog {

Result<std::int64_t> append(db::Transaction& transaction, const std::vector<Event>& events) {
  ASSERT(!events.empty());
  const db::Rows head = TRY(transaction.query("update event_head set position = position + $1 returning position",
                                              {static_cast<std::int64_t>(events.size())}));
  const std::int64_t first = head.at(0).integer(0) - static_cast<std::int64_t>(events.size()) + 1;
  db::Batch rows({{"position", db::Type::integer},
                  {"event_id", db::Type::text},
                  {"at", db::Type::integer},
                  {"topic", db::Type::integer},
                  {"key", db::Type::text},
                  {"headers", db::Type::text},
                  {"body", db::Type::text}});
  std::int64_t position = first;
  for (const Event& event : events) {
    rows.add({position++, event.event_id.text(), event.at, static_cast<std::int64_t>(event.topic), event.key,
              event.headers, event.body});
  }
  TRY(
      transaction.bulk("insert into events(position, event_id, at, topic, key, headers, body) "
                       "select position, event_id, at, topic, key, headers, body from batch",
                       rows));
  crash_point("events.before_commit");
  return first;
}

Result<LogRange> log_range(db::Database& database) {
  const db::Rows rows =
      TRY(database.read("select (select position from event_head), (select min(position) from events)"));
  LogRange range;
  range.last = rows.at(0).integer(0);
  range.first = rows.at(0).is_null(1) ? range.last + 1 : rows.at(0).integer(1);
  return range;
}

Result<std::vector<Event>> read_after(db::Database& database, std::int64_t position, std::size_t limit,
                                      std::size_t bytes_max) {
  const db::Rows rows =
      TRY(database.read("select position, event_id, at, topic, key, headers, body from events where position > $1 "
                        "order by position limit $2",
                        {position, static_cast<std::int64_t>(limit)}));
  std::vector<Event> events;
  std::size_t bytes = 0;
  for (const db::Row& row : rows) {
    bytes += row.text(6).size();
    // Behind a hole the next call begins, and says so.
    if (!events.empty() && (bytes > bytes_max || row.integer(0) != events.back().position + 1)) break;
    const std::optional<Uuid> id = Uuid::parse(row.text(1));
    if (!id) return fail(Errc::internal, "an event id in the catalog is not a UUID");
    events.push_back(Event{row.integer(0), *id, row.integer(2), static_cast<Topic>(row.integer(3)), row.text(4),
                           row.text(5), row.text(6)});
  }
  if (!events.empty() && events.front().position != position + 1) {
    return fail(Errc::gone, "the events after this position are no longer kept");
  }
  if (events.empty()) {
    const LogRange range = TRY(log_range(database));
    if (position < range.last && range.first > position + 1)
      return fail(Errc::gone, "the events after this position are no longer kept");
  }
  return events;
}

Result<std::int64_t> forget_events(db::Database& database, MicrosUtc before, std::size_t limit) {
  return database.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    const db::Rows rows = TRY(transaction.query(
        // Only from the front: a clock that ran ahead once must leave no hole.
        "with front as (select position, at from events where position <= coalesce((select min(position) from sinks), "
        "(select position from event_head)) order by position limit $2) "
        "delete from events where position in (select position from front where position < "
        "coalesce((select min(position) from front where at >= $1), 9223372036854775807)) returning position",
        {before, static_cast<std::int64_t>(limit)}));
    return static_cast<std::int64_t>(rows.size());
  });
}

}  // namespace dmw::catalog
