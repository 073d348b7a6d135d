// What the command `events` makes of an event of the change feed.
#pragma once

#include "base/json.h"

namespace dmw::app {

/// One flat object: `position`, `topic`, `key`, `event_id`, `event_type` and `at` of the event log, then the members of
/// the body as a reader of Kafka has them. A body has none of these names but `event_id` and `event_type`, which are
/// the same.
json::object flattened(const json::object& event);

}  // namespace dmw::app
