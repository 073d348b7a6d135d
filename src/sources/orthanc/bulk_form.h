// BulkForm: whether bulk requests are used for a source. After a refusal single requests are used for some time,
// because the 404 of a proxy may be temporary.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace dmw::sources {

/// Any thread.
class BulkForm {
 public:
  /// Time from a refusal to the next attempt.
  static constexpr std::chrono::minutes rest{10};

  /// `clock` outlives it.
  explicit BulkForm(const Clock& clock) : clock_(clock) {}

  bool usable() const {
    const std::scoped_lock lock(mutex_);
    return !until_ || clock_.monotonic() >= *until_;
  }
  /// Records a refusal. Returns true for the first one since an answer or forget().
  bool refused() {
    const std::scoped_lock lock(mutex_);
    const bool first = !until_;
    until_ = clock_.monotonic() + rest;
    return first;
  }
  /// Call it after an answer, or if the source may be a different one now.
  void forget() {
    const std::scoped_lock lock(mutex_);
    until_.reset();
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards until_
  std::optional<Monotonic> until_;
};

}  // namespace dmw::sources
