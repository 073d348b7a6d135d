#include "catalog/event_log.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

/// The error for a reader whose next event is no longer in the log.
std::unexpected<Error> no_longer_kept() {
  return fail(Errc::gone, "the events after this position are no longer in the log");
}

/// Errors: gone (there were events after `position`, and all were deleted).
Result<> expect_none_after(db::Database& database, std::int64_t position) {
  if (TRY(next_kept(database, position)) > position + 1) return no_longer_kept();
  return {};
}

/// Deletes from the front only, so that an event with a wrong time leaves no gap.
Result<std::int64_t> remove_front(db::Database& database, MicrosUtc before, std::size_t limit) {
  return database.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    db::Batch old({{"position", db::Type::integer}});
    for (const db::Row& row : TRY(transaction.query(
             "with front as (select position, at from events where position <= coalesce((select min(position) from "
             "sinks where required), (select position from event_head)) order by position limit $2) "
             "select position from front where position < "
             "coalesce((select min(position) from front where at >= $1), 9223372036854775807)",
             {before, static_cast<std::int64_t>(limit)})))
      old.add({row.integer(0)});
    if (old.empty()) return 0;
    const db::Rows rows =
        TRY(transaction.bulk("delete from events where position = {any position} returning position", old));
    TRY(expect_none(TRY(transaction.bulk("select 1 from events where position = {any position}", old)), "events"));
    return static_cast<std::int64_t>(rows.size());
  });
}

}  // namespace

Event event_of(const db::Row& row) {
  const Uuid id = Uuid::parse(row.text(1)).value_or(Uuid::of_name(Uuid(), row.text(1)));
  return Event{row.integer(0), id,          row.integer(2), static_cast<Topic>(row.integer(3)),
               row.text(4),    row.text(5), row.text(6)};
}

Result<std::int64_t> append(db::Transaction& transaction, const std::vector<Event>& events) {
  ASSERT(!events.empty());
  const auto count = static_cast<std::int64_t>(events.size());
  const std::int64_t first = TRY(advance_head(transaction, "event_head", "position", count)) - count + 1;
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
  TRY(write_all(transaction, "events",
                "insert into events(position, event_id, at, topic, key, headers, body) "
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

Result<std::int64_t> next_kept(db::Database& database, std::int64_t position) {
  const db::Rows rows = TRY(database.read(
      "select coalesce((select min(position) from events where position > $1), (select position from event_head) + 1)",
      {position}));
  return std::max(rows.at(0).integer(0), position + 1);
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
    // A window ends before a gap. The next call begins after the gap and reports it.
    if (!events.empty() && (bytes > bytes_max || row.integer(0) != events.back().position + 1)) break;
    events.push_back(event_of(row));
  }
  if (!events.empty() && events.front().position != position + 1) return no_longer_kept();
  if (events.empty()) TRY(expect_none_after(database, position));
  return events;
}

// Of events of other topics only the position is read. Dead letters are rare, so more rows are read to find the next
// ones.
Result<TopicWindow> read_topic_after(db::Database& database, Topic topic, std::int64_t position, std::size_t limit) {
  const std::size_t rows_max = topic == Topic::dead_letters ? 10 * limit : limit;
  const db::Rows rows = TRY(
      database.read("select position, case when topic = $3 then event_id else '' end, at, topic, case when topic = $3 "
                    "then key else '' end, case when topic = $3 then headers else '' end, case when topic = $3 then "
                    "body else '' end from events where position > $1 order by position limit $2",
                    {position, static_cast<std::int64_t>(rows_max), static_cast<std::int64_t>(topic)}));
  TopicWindow window{.events = {}, .up_to = position, .more = rows.size() == rows_max};
  std::size_t bytes = 0;
  for (const db::Row& row : rows) {
    if (row.integer(0) != window.up_to + 1) {
      if (window.up_to == position) return no_longer_kept();
      window.more = true;  // the next call begins after the gap and reports it
      break;
    }
    const bool is_ours = row.integer(3) == static_cast<std::int64_t>(topic);
    bytes += row.text(6).size();
    if (is_ours && !window.events.empty() && (window.events.size() == limit || bytes > read_bytes_max)) {
      window.more = true;
      break;
    }
    if (is_ours) window.events.push_back(event_of(row));
    window.up_to = row.integer(0);
  }
  if (window.up_to == position) TRY(expect_none_after(database, position));
  return window;
}

// The number of the topic is part of the SQL text, so that the partial index of dead letters can be used, however long
// the log is.
Result<Backlog> backlog(db::Database& database, Topic topic, std::int64_t position) {
  const auto ours = static_cast<int>(topic);
  const auto dead = static_cast<int>(Topic::dead_letters);
  const db::Rows rows = TRY(database.read(
      format("select (select position from event_head) - $1, (select count(*) from events where position > $1 and "
             "topic = {}), (select at from events where position > $1 and topic = {} order by position limit 1)",
             dead, ours),
      {position}));
  const std::int64_t all = std::max<std::int64_t>(0, rows.at(0).integer(0));
  const std::int64_t dead_letters = rows.at(0).integer(1);
  Backlog found{.events = topic == Topic::dead_letters ? dead_letters : std::max<std::int64_t>(0, all - dead_letters)};
  if (!rows.at(0).is_null(2)) found.oldest_at = rows.at(0).integer(2);
  return found;
}

Result<Forgotten> forget_events(db::Database& database, MicrosUtc before, std::size_t limit) {
  Forgotten done;
  std::size_t at_once = limit;
  while (at_once > 0) {
    const Result<std::int64_t> gone = remove_front(database, before, at_once);
    if (gone) {
      done.rows += *gone;
      const bool is_short = *gone < static_cast<std::int64_t>(at_once);
      done.more = !is_short && at_once == limit;
      if (is_short) done.why.reset();
      if (is_short || done.more) return done;
      continue;
    }
    if (!db::may_be_of_rows(gone.error())) return std::unexpected(gone.error());
    done.why = gone.error();
    at_once /= 2;
  }
  const LogRange left = TRY(log_range(database));
  done.why = during(*done.why, format("the removal of event {}", left.first)).error();
  return done;
}

}  // namespace dmw::catalog
