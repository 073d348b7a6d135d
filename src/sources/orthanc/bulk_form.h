// BulkForm: whether a source is asked of many at once. One that refuses this is asked one by one for a while: a proxy's
// 404 passes.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace dmw::sources {

/// Any thread.
class BulkForm {
 public:
  /// From a refusal to the next try.
  static constexpr std::chrono::minutes rest{10};

  /// `clock` outlives it.
  explicit BulkForm(const Clock& clock) : clock_(clock) {}

  bool usable() const {
    const std::scoped_lock lock(mutex_);
    return !until_ || clock_.monotonic() >= *until_;
  }
  /// True for the first refusal since an answer, or since forget().
  bool refused() {
    const std::scoped_lock lock(mutex_);
    const bool first = !until_;
    until_ = clock_.monotonic() + rest;
    return first;
  }
  /// It has answered, or may be another source now.
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
