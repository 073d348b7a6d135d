// The output of the command `events` for an event.
#pragma once

#include "base/json.h"

namespace dmw::app {

/// One flat object: `position`, `topic`, `key`, `event_id`, `event_type` and `at` of the event log, then the members of
/// the body as in Kafka. Of these names a body only has `event_id` and `event_type`, with the same values.
json::object flattened(const json::object& event);

}  // namespace dmw::app
