// Backoff: the time to wait after a failure. It doubles with each failure up to a limit, with full jitter, so that
// clients that failed together do not retry together.
#pragma once

#include <chrono>
#include <functional>

namespace dmw::lane {

/// One thread at a time.
class Backoff {
 public:
  /// Returns a number from 0 to 1.
  using Random = std::function<double()>;

  /// The n-th wait lies between 0 and `first` * 2^(n-1), never over `most`.
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, Random random = uniform());

  std::chrono::milliseconds next();
  /// After a success.
  void reset() { failures_ = 0; }
  /// The wait after this number of failures, for a caller that counts them itself, for example in a row of a table; 0
  /// for no failure.
  std::chrono::milliseconds after(int failures) const;

 private:
  static Random uniform();

  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  Random random_;
  int failures_ = 0;
};

}  // namespace dmw::lane
