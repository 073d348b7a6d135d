// Attempts: the tries of one request to a bucket. A try that may be made again is made again after a wait, while the
// request makes progress. The waits grow, with full jitter, and are never shorter than the server's Retry-After.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "lane/backoff.h"

namespace dmw::store::bucket {

// Google's and Amazon's clients begin with a second and end at a minute or more. A bucket that is back must be used
// again within 10 s.
inline constexpr std::chrono::milliseconds wait_first{500};
inline constexpr std::chrono::milliseconds wait_longest{8'000};

struct Patience {
  const Clock& clock;
  /// So long tries are repeated without progress; 0: one try.
  std::chrono::milliseconds no_progress{};
  /// Ends waits at once: the program is stopping.
  std::stop_token stop{};
};

/// One request, one thread.
class Attempts {
 public:
  explicit Attempts(Patience patience);

  /// Calls `once(*this)` until it succeeds, or fails without may_repeat(), or the patience is over. Returns its last
  /// result.
  template <typename Once>
  auto run(Once once) {
    for (;;) {
      repeat_ = false;
      auto result = once(*this);
      if (result || !wait()) return result;
    }
  }

  /// In a try that fails: it may be made again, not earlier than after `at_least`.
  void may_repeat(std::optional<std::chrono::milliseconds> at_least = std::nullopt);
  /// In a try: something was stored or read, so the patience begins anew.
  void progressed();

  /// There is one try, which waits for an answer only a moment: somebody asks whether the server is there.
  bool is_single() const { return patience_.no_progress == std::chrono::milliseconds(0); }
  const Clock& clock() const { return patience_.clock; }
  const std::stop_token& stop() const { return patience_.stop; }

 private:
  /// False: no further try.
  bool wait();

  Patience patience_;
  Monotonic progress_at_;
  lane::Backoff backoff_;
  bool repeat_ = false;
  std::chrono::milliseconds at_least_{};
};

}  // namespace dmw::store::bucket
