// ChangeLog: the numbers of /changes that were read, and those that are missing and may still appear. With PostgreSQL
// Orthanc commits changes out of order, and numbers disappear when their resource is deleted.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace dmw::sources {

/// One thread. Times are monotonic, so only the numbers of a hole can be saved for the next start.
class ChangeLog {
 public:
  using Numbers = std::pair<std::int64_t, std::int64_t>;  // from, to; both included

  /// `holes`: from holes() of an earlier process; their patience begins again.
  ChangeLog(std::int64_t read_to, std::chrono::milliseconds patience, const std::vector<Numbers>& holes = {},
            Monotonic now = {});

  /// All numbers up to this one were read or are missing.
  std::int64_t read_to() const { return read_to_; }
  /// All numbers up to this one were read or will never appear.
  std::int64_t cursor() const { return holes_.empty() ? read_to_ : holes_.front().from - 1; }
  std::vector<Numbers> holes() const;
  /// The number of holes that were given up early because there were too many.
  std::int64_t given_up_early() const { return given_up_early_; }

  /// Records a number; returns true if it was not read before. Numbers over read_to() must come in rising order.
  bool take(std::int64_t seq, Monotonic now);
  /// Gives up holes that are older than the patience.
  void give_up_old(Monotonic now);

  struct Hole {
    std::int64_t from = 0;
    std::int64_t to = 0;  // included
    Monotonic seen_at;
    Monotonic look_at;
  };
  /// The oldest hole after `after` that is due to be read again.
  std::optional<Hole> due(std::int64_t after, Monotonic now) const;
  /// The numbers from `from` to `to` were read again: each hole then waits for twice its age.
  void looked_at(std::int64_t from, std::int64_t to, Monotonic now);

 private:
  std::int64_t read_to_;
  std::chrono::milliseconds patience_;
  std::deque<Hole> holes_;  // rising, apart from each other
  std::int64_t given_up_early_ = 0;
};

}  // namespace dmw::sources
