// EventSink: where a relay publishes to. What it says of each event decides how far the relay advances.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace dmw::events {

/// One thread at a time.
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Gives the events to the sink in order and waits for its word on each: one result an event, in their order.
  /// Once an event has failed, no later one of its key is in the sink, and all later ones count as failed. May be
  /// repeated. The wait is bounded.
  virtual std::vector<Result<>> publish(std::span<const Event> events) = 0;

  /// Whether publish() may be tried: bounded by a few seconds.
  virtual Result<> probe() = 0;
};

}  // namespace dmw::events
