// EndOfWaits: the time at which all waits for the server end, because the program stops. It wakes waiting threads.
#pragma once

#include <atomic>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

namespace dmw::db::postgres {

/// Any thread. Outlives the connections.
class EndOfWaits {
 public:
  /// The argument of the constructor. Errors: full (no descriptor is left).
  static Result<File> open_wake();
  explicit EndOfWaits(File wake) : wake_(std::move(wake)) {}

  void set(Monotonic deadline);
  /// Waits for a duration. Errors: cancelled (at once when the end is set).
  Result<> rest(std::chrono::milliseconds time) const;
  /// The end; Monotonic::max() until it is set.
  Monotonic deadline() const { return deadline_.load(); }
  /// A descriptor that becomes readable when the end is set.
  int descriptor() const { return wake_.descriptor(); }

 private:
  const File wake_;
  std::atomic<Monotonic> deadline_ = Monotonic::max();
};

}  // namespace dmw::db::postgres
