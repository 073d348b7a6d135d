// An event: one row of the event log. Sinks, the change feed and the dashboard read only this row.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/uuid.h"

namespace dmw {

/// Which configured topic an event goes to. Stored in the catalog: append only.
enum class Topic : std::int16_t { metadata = 1, dead_letters = 2 };

struct Event {
  std::int64_t position = 0;  // given by the event log: 1, 2, 3… without a gap, in commit order
  Uuid event_id;
  MicrosUtc at = 0;
  Topic topic = Topic::metadata;
  std::string key;      // the record key: the Study Instance UID, or, for a dead letter without one, its id
  std::string headers;  // a JSON object of strings
  std::string body;     // a JSON object
};

}  // namespace dmw
