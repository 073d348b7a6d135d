// ChangeLog: which numbers of /changes were read, and which are missing and may still appear: on its PostgreSQL index
// Orthanc commits changes out of order, and numbers vanish when their resource is deleted.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace dmw::sources {

/// One thread. Times are of a clock that never jumps; what is kept of a hole beyond this process is its numbers alone.
class ChangeLog {
 public:
  using Numbers = std::pair<std::int64_t, std::int64_t>;  // from, to; both included

  /// `holes`: as holes() gave them, whose patience begins anew.
  ChangeLog(std::int64_t read_to, std::chrono::milliseconds patience, const std::vector<Numbers>& holes = {},
            Monotonic now = {});

  /// Everything up to here was read or is missing.
  std::int64_t read_to() const { return read_to_; }
  /// Everything up to here was read or will never appear.
  std::int64_t cursor() const { return holes_.empty() ? read_to_ : holes_.front().from - 1; }
  std::vector<Numbers> holes() const;
  /// How many holes were given up before their time, because there were too many.
  std::int64_t given_up_early() const { return given_up_early_; }

  /// True when it was not read before. Numbers over read_to() come in rising order.
  bool take(std::int64_t seq, Monotonic now);
  /// Holes that are older than the patience stay holes.
  void give_up_old(Monotonic now);

  struct Hole {
    std::int64_t from = 0;
    std::int64_t to = 0;  // included
    Monotonic seen_at;
    Monotonic look_at;
  };
  /// The oldest hole that is to be looked at now, after `after`.
  std::optional<Hole> due(std::int64_t after, Monotonic now) const;
  /// Everything up to `to` was looked at again: each hole waits twice as long as it is old.
  void looked_at(std::int64_t from, std::int64_t to, Monotonic now);

 private:
  std::int64_t read_to_;
  std::chrono::milliseconds patience_;
  std::deque<Hole> holes_;  // rising, apart from each other
  std::int64_t given_up_early_ = 0;
};

}  // namespace dmw::sources
