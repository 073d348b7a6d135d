// EventSink: the destination of a relay. Its result for each event decides how far the relay advances.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace dmw::events {

/// Called by a sink that waits for an answer, several times a second, on the thread of publish(). Returning false ends
/// the wait. `slow` has the reason if the wait is longer than usual.
using WaitOn = std::function<bool(const std::optional<Error>& slow)>;

/// One thread at a time.
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Sends the events in order and waits for the result of each, without a limit, until `wait_on` ends the wait.
  /// Returns one result per event, in their order. Success: the event is in the sink. Failure: it is not, or this is
  /// unknown after the end of the wait; then no later event with the same key counts as a success. Sending the failed
  /// ones again repeats at most those with an unknown result.
  virtual std::vector<Result<>> publish(std::span<const Event> events, const WaitOn& wait_on) = 0;

  /// Checks whether publish() may succeed; takes at most a few seconds.
  virtual Result<> probe() = 0;
};

}  // namespace dmw::events
