// The event log: append only, positions 1, 2, 3… without a gap, in commit order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/old_rows.h"
#include "db/database.h"
#include "model/event.h"

namespace dmw::catalog {

/// Assigns positions to the events and writes them. Returns the position of the first one. The head row stays locked
/// until the transaction ends, so positions follow the order of commits and a rollback leaves no gap. Call it last in
/// the transaction.
Result<std::int64_t> append(db::Transaction& transaction, const std::vector<Event>& events);

/// Reads an event from the columns position, event_id, at, topic, key, headers and body. A malformed event_id, written
/// by another program, is tolerated, so that readers can reach the following events; consumers use the id in headers
/// and body.
Event event_of(const db::Row& row);

/// The positions in the log: [first, last]; first is last + 1 if the log is empty.
struct LogRange {
  std::int64_t first = 1;
  std::int64_t last = 0;
};
Result<LogRange> log_range(db::Database& database);
/// The position of the next existing or future event after `position`. If it is more than `position` + 1, the events
/// between are no longer in the log. This happens at the front of the log, and in its middle if a catalog with events
/// has adopted a store.
Result<std::int64_t> next_kept(db::Database& database, std::int64_t position);

inline constexpr std::size_t read_bytes_max = 8U << 20U;
/// Events after `position` in order, at most `limit` and, beyond the first, at most `bytes_max` of bodies. Errors: gone
/// (the event after `position` is no longer in the log), and those of the database.
Result<std::vector<Event>> read_after(db::Database& database, std::int64_t position, std::size_t limit,
                                      std::size_t bytes_max = read_bytes_max);

/// The next events for a sink of one topic.
struct TopicWindow {
  std::vector<Event> events;  ///< only of the topic, in order
  std::int64_t up_to = 0;     ///< position of the sink after these events; events of other topics are skipped
  bool more = false;          ///< there are more events after `up_to`
};
/// At most `limit` events of `topic` after `position`, with the limit of bodies as in read_after(). Errors: those of
/// read_after().
Result<TopicWindow> read_topic_after(db::Database& database, Topic topic, std::int64_t position, std::size_t limit);

/// The events of a topic after a position.
struct Backlog {
  std::int64_t events = 0;
  std::optional<MicrosUtc> oldest_at = {};
};
Result<Backlog> backlog(db::Database& database, Topic topic, std::int64_t position);

/// Deletes events that are older than `before`, except those that the slowest required sink has not read yet. At most
/// `limit` events, and only from the front: if the database refuses to delete one, all later ones stay.
Result<Forgotten> forget_events(db::Database& database, MicrosUtc before, std::size_t limit);

}  // namespace dmw::catalog
