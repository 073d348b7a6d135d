#include "catalog/event_search.h"

#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "catalog/conditions.h"

namespace dmw::catalog {
namespace {

/// Largest distance of an event from its place by time: transactions read the clock and commit in different orders.
constexpr std::int64_t disorder_max = 1'000;

/// The lowest position whose event is of `time` or later, if times rise with positions; last + 1 if there is none.
Result<std::int64_t> first_of(db::Database& database, const LogRange& range, MicrosUtc time) {
  std::int64_t low = range.first;
  std::int64_t high = range.last + 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const db::Rows rows = TRY(database.read("select at from events where position = $1", {middle}));
    // A deleted event counts as older than all others.
    if (rows.empty() || rows.at(0).integer(0) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// The expression of the index events_type.
std::string_view type_column(db::Engine engine) {
  return engine == db::Engine::postgres ? "(headers::jsonb ->> 'ce_type')" : "json_extract(headers, '$.ce_type')";
}

}  // namespace

std::string type_of(const Event& event) {
  const Result<json::value> headers = json::parse(event.headers);
  if (!headers || !headers->is_object()) return "";
  return json::get_string(headers->get_object(), "ce_type").value_or("");
}

bool EventFilter::matches(const Event& event) const {
  return (!since || event.at >= *since) && (!until || event.at < *until) &&
         (study.empty() || (event.topic == Topic::metadata && event.key == study)) &&
         (type.empty() || type_of(event) == type);
}

Result<std::int64_t> position_before(db::Database& database, const LogRange& range, MicrosUtc since) {
  return std::max(TRY(first_of(database, range, since)) - disorder_max, range.first) - 1;
}

Result<EventsFound> find_events(db::Database& database, const EventFilter& filter, std::int64_t position,
                                std::size_t limit, std::size_t bytes_max) {
  const LogRange range = TRY(log_range(database));
  if (position + 1 < range.first && position < range.last)
    return fail(Errc::gone, "the events after this position are no longer in the log");
  std::int64_t after = position;
  if (filter.since) after = std::max(after, TRY(position_before(database, range, *filter.since)));
  Conditions where{"true", {}};
  std::string order;
  const db::Engine engine = database.engine();
  if (!filter.study.empty()) {
    order = where.also_only(engine, "key", filter.study, "position", after, Walk::forward);
    where.sql += format(" and topic = {}", static_cast<int>(Topic::metadata));
    if (!filter.type.empty()) where.also(format("{} =", type_column(engine)), filter.type);
  } else if (!filter.type.empty()) {
    order = where.also_only(engine, type_column(engine), filter.type, "position", after, Walk::forward);
  } else {
    where.also("position >", after);
    order = "position";
  }
  if (filter.since) where.also("at >=", *filter.since);
  if (filter.until) {
    where.also("at <", *filter.until);
    where.also("position <", TRY(first_of(database, range, *filter.until)) + disorder_max);
  }
  // Events that are written after the range in the meantime belong to the next page.
  where.also("position <=", range.last);
  const std::string sql =
      format("select position, event_id, at, topic, key, headers, body from events where {} order by {}{}", where.sql,
             order, where.limit(limit));
  const db::Rows rows = TRY(database.read(sql, where.parameters));
  EventsFound found;
  std::size_t bytes = 0;
  for (const db::Row& row : rows) {
    bytes += row.text(6).size();
    if (!found.events.empty() && bytes > bytes_max) break;
    found.events.push_back(event_of(row));
  }
  const bool whole = rows.size() < limit && found.events.size() == rows.size();
  found.up_to = whole ? std::max(position, range.last) : found.events.back().position;
  return found;
}

}  // namespace dmw::catalog
