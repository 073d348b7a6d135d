#include "inbox/claims.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dmw::inbox {

void Claims::expect(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  unsettled_.insert(seq);
}

void Claims::settle(std::int64_t seq, std::function<void()> finished) {
  const std::lock_guard lock(mutex_);
  unsettled_.erase(seq);
  if (finished) callbacks_.emplace(seq, std::move(finished));
  // The reader is past this number already and will not see it again.
  if (seq <= watermark_) returned_.emplace(seq, Monotonic::min());
}

void Claims::forget(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  unsettled_.erase(seq);
}

std::vector<std::int64_t> Claims::due(Monotonic now, std::size_t items_max) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> seqs;
  for (const auto& [seq, not_before] : returned_) {
    if (seqs.size() == items_max) break;
    if (not_before <= now) seqs.push_back(seq);
  }
  return seqs;
}

std::int64_t Claims::watermark() const {
  const std::lock_guard lock(mutex_);
  return watermark_;
}

std::vector<std::int64_t> Claims::settled(std::span<const std::int64_t> seqs) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> settled;
  std::ranges::copy_if(seqs, std::back_inserter(settled), [&](std::int64_t seq) { return !unsettled_.contains(seq); });
  return settled;
}

void Claims::pass_over(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  watermark_ = std::max(watermark_, seq);
  if (!unsettled_.contains(seq)) returned_.emplace(seq, Monotonic::min());
}

bool Claims::take(std::int64_t seq, Monotonic not_before, Monotonic now) {
  const std::lock_guard lock(mutex_);
  watermark_ = std::max(watermark_, seq);
  if (unsettled_.contains(seq)) return false;
  if (not_before > now) {
    returned_[seq] = not_before;
    return false;
  }
  returned_.erase(seq);
  claimed_.insert(seq);
  return true;
}

bool Claims::is_claimed(std::int64_t seq) const {
  const std::lock_guard lock(mutex_);
  return claimed_.contains(seq);
}

void Claims::give_back(std::int64_t seq, Monotonic not_before) {
  const std::lock_guard lock(mutex_);
  if (claimed_.erase(seq) > 0) returned_[seq] = not_before;
}

std::function<void()> Claims::finish(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  claimed_.erase(seq);
  const auto found = callbacks_.find(seq);
  if (found == callbacks_.end()) return {};
  std::function<void()> callback = std::move(found->second);
  callbacks_.erase(found);
  return callback;
}

}  // namespace dmw::inbox
