// SecondLook: files that were moved away lately, each to be looked at once more: a writer that had only paused for
// longer than WATCH_STABLE goes on in the file that was moved.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "sources/folder/filing.h"

namespace dmw::sources {

/// One thread at a time.
class SecondLook {
 public:
  /// `after`: so long after the move.
  SecondLook(const Clock& clock, std::chrono::milliseconds after) : clock_(clock), after_(after) {}

  void expect(Filing::Filed filed) { moved_.push_back({std::move(filed), clock_.monotonic() + after_}); }
  /// The next whose time has come. Of more than 100,000 the first come sooner.
  std::optional<Filing::Filed> due();

 private:
  struct Moved {
    Filing::Filed filed{};
    Monotonic due{};
  };

  const Clock& clock_;
  const std::chrono::milliseconds after_;
  std::deque<Moved> moved_;
};

}  // namespace dmw::sources
