// Patience: measures with the monotonic clock how long the events of a log have waited for a sink that does not accept
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "base/clock.h"

namespace dmw::events {

/// Notes the end of the log from time to time, so that few notes are enough for any length of log and wait. An event
/// may therefore wait longer than `most`, by an eighth, at most 10 minutes. Events from before the first note, for
/// example before a restart, count from that note.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds most);

  /// Whether it is time for another note.
  bool wants_note(Monotonic now) const;
  /// The log ends with the event at `head`.
  void note(Monotonic now, std::int64_t head);
  /// Deletes the notes: no event waits any more, or another process has the sink.
  void forget() { notes_.clear(); }
  /// The position up to which events have waited longer than `most`; 0 if there is none.
  std::int64_t overdue(Monotonic now);

  std::chrono::milliseconds most() const { return most_; }

 private:
  struct Note {
    Monotonic at;
    std::int64_t head;
  };
  const std::chrono::milliseconds most_;
  const std::chrono::milliseconds step_;
  std::deque<Note> notes_;  // oldest first; only the newest of the overdue ones is kept
};

}  // namespace dmw::events
