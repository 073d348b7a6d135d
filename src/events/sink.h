// EventSink: where a relay publishes to. What it says of each event decides how far the relay advances.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace dmw::events {

/// Asked by a sink that waits for the word on what it was given, several times a second, on the thread of publish():
/// false ends the wait. `slow` says why no word has come, once the wait has lasted longer than usual.
using WaitOn = std::function<bool(const std::optional<Error>& slow)>;

/// One thread at a time.
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Gives the events to the sink in order and waits for its word on each, however long that takes, until `wait_on`
  /// ends the wait. One result an event, in their order: a success is in the sink. A failure is not, or it is unknown
  /// after the end of a wait; then no later event of its key counts as a success. Whoever gives the failed ones again
  /// repeats at most what was unknown.
  virtual std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) = 0;

  /// Whether publish() may be tried: bounded by a few seconds.
  virtual Result<> probe() = 0;
};

}  // namespace dmw::events
