// AnswerBudget: limits the memory of all answers of a server together, from their creation until their clients have
// received them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"

namespace dmw::http {

/// Any thread. Always in a shared_ptr, because each share refers to it.
class AnswerBudget : public std::enable_shared_from_this<AnswerBudget> {
 public:
  /// The part of the budget that one answer uses. The destructor returns it. Move only.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() { shrink(0); }

    std::uint64_t bytes() const { return bytes_; }
    /// Returns the part above `bytes`.
    void shrink(std::uint64_t bytes);
    /// Takes over the bytes of `other`, which must be of the same budget.
    void join(Share other);

   private:
    friend class AnswerBudget;
    Share(std::shared_ptr<AnswerBudget> budget, std::uint64_t bytes) : budget_(std::move(budget)), bytes_(bytes) {}
    std::shared_ptr<AnswerBudget> budget_;
    std::uint64_t bytes_ = 0;
  };

  AnswerBudget(std::uint64_t limit_bytes, std::chrono::milliseconds patience)
      : limit_(limit_bytes), patience_(patience) {}

  /// Waits until `bytes` are free, at most for the patience. More than the whole budget counts as the whole budget:
  /// such an answer then is the only one. Errors: unavailable (not enough free in time).
  Result<Share> take(std::uint64_t bytes) { return take(bytes, patience_); }
  /// Does not wait.
  Result<Share> take_now(std::uint64_t bytes) { return take(bytes, std::chrono::milliseconds(0)); }

 private:
  Result<Share> take(std::uint64_t bytes, std::chrono::milliseconds patience);

  const std::uint64_t limit_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::uint64_t taken_ = 0;
};

/// Answers up to this size are not counted, so that problems and small pages are always sent.
inline constexpr std::uint64_t kUncountedBytes = 64 << 10;

}  // namespace dmw::http
