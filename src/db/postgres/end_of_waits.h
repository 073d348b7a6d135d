// When nobody waits for the server any more, because the program stops. It wakes who waits already.
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
  /// What the constructor takes. Errors: full (no descriptor is left).
  static Result<File> open_wake();
  explicit EndOfWaits(File wake) : wake_(std::move(wake)) {}

  void set(Monotonic deadline);
  /// Waits so long. Errors: cancelled, at once, when it is set.
  Result<> rest(std::chrono::milliseconds time) const;
  /// Monotonic::max() until it is set.
  Monotonic deadline() const { return deadline_.load(); }
  /// Readable from the moment on in which it is set.
  int descriptor() const { return wake_.descriptor(); }

 private:
  const File wake_;
  std::atomic<Monotonic> deadline_ = Monotonic::max();
};

}  // namespace dmw::db::postgres
