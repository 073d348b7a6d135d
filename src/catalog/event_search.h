// Events by what they are about: of a study, of a type, of a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/event_log.h"

namespace dmw::catalog {

/// Empty and absent: any.
struct EventFilter {
  std::optional<MicrosUtc> since{};  // of the time of the event; this moment belongs to it
  std::optional<MicrosUtc> until{};  // this one does not
  std::string study{};               // Study Instance UID: its revisions, no dead letters
  std::string type{};                // such as study.updated

  bool empty() const { return !since && !until && study.empty() && type.empty(); }
  bool matches(const Event& event) const;
};

/// The type of an event, out of its headers; empty: they have none.
std::string type_of(const Event& event);

struct EventsFound {
  std::vector<Event> events;  // in the order of the log
  std::int64_t up_to = 0;     // a reader that has these has all that match up to here
};
/// Events after `position` that match, at most `limit` and, beyond the first, at most `bytes_max` of bodies. They are
/// read in the order of an index, whatever the length of the log. The time of an event is taken for one that rises
/// with the position: after a clock was set back, the search by time may leave out events that are more than
/// 1,000 positions from where it expects them.
/// Errors: gone (the event after `position` is no longer kept), and those of the database.
Result<EventsFound> find_events(db::Database& database, const EventFilter& filter, std::int64_t position,
                                std::size_t limit, std::size_t bytes_max = read_bytes_max);

/// Behind which position events of `since` and later begin.
Result<std::int64_t> position_before(db::Database& database, const LogRange& range, MicrosUtc since);

}  // namespace dmw::catalog
