// Patience: for how long the events of a log have waited for a sink that does not take them, by a clock that cannot
// jump.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "base/clock.h"

namespace dmw::events {

/// Remembers now and then where the log ended, so that a few notes serve, however long the log and the wait are: an
/// event may wait for an eighth longer than `most`, at most 10 minutes. What waited before the first note, as before a
/// restart, begins to wait with it.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds most);

  /// Whether it is time for another note.
  bool wants_note(Monotonic now) const;
  /// The log ends with the event at `head`.
  void note(Monotonic now, std::int64_t head);
  /// Nothing waits any more, or somebody else has to do with it.
  void forget() { notes_.clear(); }
  /// Events up to this position have waited for so long; 0: none has.
  std::int64_t overdue(Monotonic now);

  std::chrono::milliseconds most() const { return most_; }

 private:
  struct Note {
    Monotonic at;
    std::int64_t head;
  };
  const std::chrono::milliseconds most_;
  const std::chrono::milliseconds step_;
  std::deque<Note> notes_;  // oldest first; of those that are old enough the newest alone
};

}  // namespace dmw::events
