// Event search: the events of a study, a type, or a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/event_log.h"

namespace dmw::catalog {

/// Empty or absent members match every event.
struct EventFilter {
  std::optional<MicrosUtc> since{};  // of the event; inclusive
  std::optional<MicrosUtc> until{};  // exclusive
  std::string study{};               // Study Instance UID; matches its revisions, not its dead letters
  std::string type{};                // such as study.updated

  bool empty() const { return !since && !until && study.empty() && type.empty(); }
  bool matches(const Event& event) const;
};

/// The type of an event, from its headers; empty if they have none.
std::string type_of(const Event& event);

struct EventsFound {
  std::vector<Event> events;  // in the order of the log
  std::int64_t up_to = 0;     // no further event up to this position matches
};
/// Matching events after `position`: at most `limit`, and after the first one at most `bytes_max` of bodies. They are
/// read in the order of an index, so the length of the log does not matter. The search by time assumes that the time of
/// events rises with their position. After a clock was set back, it may leave out events that are more than 1,000
/// positions from their expected place. Errors: gone (the event after `position` is no longer in the log), and those of
/// the database.
Result<EventsFound> find_events(db::Database& database, const EventFilter& filter, std::int64_t position,
                                std::size_t limit, std::size_t bytes_max = read_bytes_max);

/// The position after which events of `since` and later begin.
Result<std::int64_t> position_before(db::Database& database, const LogRange& range, MicrosUtc since);

}  // namespace dmw::catalog
