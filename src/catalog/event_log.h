// The event log: append only, positions 1, 2, 3… without a gap, in commit order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/old_rows.h"
#include "db/database.h"
#include "model/event.h"

namespace dmw::catalog {

/// Gives the events their positions and writes them. The head row stays locked until the transaction ends, so lock
/// order is commit order and a rollback leaves no hole: call it last. Returns the position of the first one.
Result<std::int64_t> append(db::Transaction& transaction, const std::vector<Event>& events);

/// Of the columns position, event_id, at, topic, key, headers and body.
/// An id that something else than this program wrote over keeps no reader from the events behind it: what consumers
/// compare is in the headers and the body.
Event event_of(const db::Row& row);

/// The range that is kept: [first, last]; first is last + 1 when there is none.
struct LogRange {
  std::int64_t first = 1;
  std::int64_t last = 0;
};
Result<LogRange> log_range(db::Database& database);
/// The position of the next event that is there, or will be, behind `position`. More than `position` + 1: those between
/// are no longer kept. That is so at the front of the log, and in its middle where a store was adopted by a catalog
/// that had events.
Result<std::int64_t> next_kept(db::Database& database, std::int64_t position);

inline constexpr std::size_t read_bytes_max = 8U << 20U;
/// Events after `position` in order, at most `limit` and, beyond the first, at most `bytes_max` of bodies.
/// Errors: gone (the event after `position` is no longer kept), and those of the database.
Result<std::vector<Event>> read_after(db::Database& database, std::int64_t position, std::size_t limit,
                                      std::size_t bytes_max = read_bytes_max);

/// What a sink of one topic has to publish next.
struct TopicWindow {
  std::vector<Event> events;  ///< of the topic alone, in order
  std::int64_t up_to = 0;     ///< a sink that has these is here: events of other topics between them are passed over
  bool more = false;          ///< the log goes on behind `up_to`
};
/// At most `limit` events of `topic` after `position`, and of their bodies as read_after(). Errors: those of
/// read_after().
Result<TopicWindow> read_topic_after(db::Database& database, Topic topic, std::int64_t position, std::size_t limit);

/// What of a topic lies after a position.
struct Backlog {
  std::int64_t events = 0;
  std::optional<MicrosUtc> oldest_at = {};
};
Result<Backlog> backlog(db::Database& database, Topic topic, std::int64_t position);

/// Deletes events that are older than `before`, except those that the slowest of the required sinks has still to read.
/// At most `limit`, and from the front alone: behind one that the database does not let go, all stay.
Result<Forgotten> forget_events(db::Database& database, MicrosUtc before, std::size_t limit);

}  // namespace dmw::catalog
