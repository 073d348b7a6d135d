// Which items of an inbox may be claimed, in memory: rows are read in the order of their numbers, each once, and only
// what came back out of turn is remembered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace dmw::inbox {

/// Any thread. An item is `unsettled` from before its row is committed until its file is on the disk as well, then
/// free, then claimed, then free again (returned) or gone.
class Claims {
 public:
  void expect(std::int64_t seq);
  void settle(std::int64_t seq, std::function<void()> finished);
  /// It was not kept after all, and its row is gone.
  void forget(std::int64_t seq);

  /// Returned items whose time has come, oldest first.
  std::vector<std::int64_t> due(Monotonic now, std::size_t items_max) const;
  /// The highest number that take() or pass_over() has seen.
  std::int64_t watermark() const;
  /// Without those whose files are not on the disk yet.
  std::vector<std::int64_t> settled(std::span<const std::int64_t> seqs) const;
  /// Whoever reads on does not come this way again: it is due as soon as it is settled.
  void pass_over(std::int64_t seq);
  /// Claims an item that is free, or remembers when it will be. False: not now.
  bool take(std::int64_t seq, Monotonic not_before, Monotonic now);
  bool is_claimed(std::int64_t seq) const;
  void give_back(std::int64_t seq, Monotonic not_before);
  /// No longer claimed: what to call, which may be nothing.
  std::function<void()> finish(std::int64_t seq);

 private:
  mutable std::mutex mutex_;
  std::int64_t watermark_ = 0;
  std::set<std::int64_t> unsettled_;
  std::set<std::int64_t> claimed_;
  std::map<std::int64_t, Monotonic> returned_;
  std::unordered_map<std::int64_t, std::function<void()>> callbacks_;
};

}  // namespace dmw::inbox
