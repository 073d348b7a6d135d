// SecondLook: recently moved files that are checked once more, because a writer that had paused for longer than
// WATCH_STABLE may continue in the moved file.
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
  /// `after`: time between the move and the check.
  SecondLook(const Clock& clock, std::chrono::milliseconds after) : clock_(clock), after_(after) {}

  void expect(Filing::Filed filed) { moved_.push_back({std::move(filed), clock_.monotonic() + after_}); }
  /// The next file that is due. If there are more than 100,000, the first ones are due earlier.
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
