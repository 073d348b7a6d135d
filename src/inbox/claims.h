// Claims: the items of an inbox that may be claimed, in memory. Rows are read once each, in the order of their numbers;
// only returned items are remembered separately.
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

/// Any thread. An item is `unsettled` from before the commit of its row until its file is on disk too; then free; then
/// claimed; then free again (returned) or removed.
class Claims {
 public:
  void expect(std::int64_t seq);
  void settle(std::int64_t seq, std::function<void()> finished);
  /// The item was not kept, and its row has been removed.
  void forget(std::int64_t seq);

  /// Returned items whose time has come, oldest first.
  std::vector<std::int64_t> due(Monotonic now, std::size_t items_max) const;
  /// The highest number that take() or pass_over() has seen.
  std::int64_t watermark() const;
  /// `seqs` without the items whose files are not on disk yet.
  std::vector<std::int64_t> settled(std::span<const std::int64_t> seqs) const;
  /// The reader skips this unsettled item and will not see it again, so it becomes due as soon as it is settled.
  void pass_over(std::int64_t seq);
  /// Claims the item if it is free and due; otherwise remembers when it will be due, and returns false.
  bool take(std::int64_t seq, Monotonic not_before, Monotonic now);
  bool is_claimed(std::int64_t seq) const;
  void give_back(std::int64_t seq, Monotonic not_before);
  /// Ends the claim. Returns a function that the caller must call, or an empty one.
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
