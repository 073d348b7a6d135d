#include "http/answer_budget.h"

#include <algorithm>

namespace dmw::http {

Result<AnswerBudget::Share> AnswerBudget::take(std::uint64_t bytes, std::chrono::milliseconds patience) {
  bytes = std::min(bytes, limit_);
  std::unique_lock lock(mutex_);
  if (!given_back_.wait_for(lock, patience, [&] { return limit_ - taken_ >= bytes; }))
    return fail(Errc::unavailable,
                "the answers that are being sent use all memory that is allowed for them: try again later");
  taken_ += bytes;
  return Share(shared_from_this(), bytes);
}

void AnswerBudget::Share::shrink(std::uint64_t bytes) {
  if (!budget_ || bytes >= bytes_) return;
  {
    const std::lock_guard lock(budget_->mutex_);
    budget_->taken_ -= bytes_ - bytes;
  }
  bytes_ = bytes;
  budget_->given_back_.notify_all();
}

void AnswerBudget::Share::join(Share other) {
  if (!budget_) std::swap(budget_, other.budget_);
  bytes_ += std::exchange(other.bytes_, 0);
}

}  // namespace dmw::http
