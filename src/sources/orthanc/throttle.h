// Throttle: limits the requests to a source. There is no limit until the source refuses for overload. Then it reduces
// the number and rate of requests (multiplicative decrease), and raises them with each answer (additive increase), so
// that they stay near the limit of the source.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"

namespace dmw::sources {

/// Any thread.
class Throttle {
 public:
  /// Longest pause, also if the source asks for a longer one: its reason may be over earlier, and a wrong answer of a
  /// proxy must not stop fetching for a day.
  static constexpr std::chrono::hours pause_most{1};

  /// `fetchers`: the number of requests at the same time without a limit. `clock` outlives it.
  Throttle(const Clock& clock, std::size_t fetchers, std::string source);

  struct Turn {
    std::chrono::milliseconds wait{0};  // 0: send the request now
    bool idle = false;                  // this fetcher is not needed now and closes its connection
  };
  /// The turn of a fetcher, numbered from 0; call it before each step.
  Turn turn(std::size_t fetcher);

  enum class Whose { source, ours };
  struct Refused {
    Whose whose = Whose::source;
    std::string by;                                        // "the server answered HTTP 429"
    std::optional<std::chrono::milliseconds> retry_after;  // pause that the source asks for, limited by pause_most
  };
  /// Blocks until a request may be sent; returns false if `stop` is requested first.
  bool await_turn(const std::stop_token& stop);
  /// A step that began at this time was refused for overload. Refusals of steps that ran at the same time count as one,
  /// and so do those within a second.
  void refused(Monotonic began, const Refused& why);
  /// Call it after each answer of the source, whatever its content.
  void answered();
  /// Whether the source has asked for a pause that has not ended.
  bool closed() const;
  /// Whether it has refused several times in a row and answered nothing for seconds, so that there may be an outage.
  bool silent() const;

  struct Limit {
    MicrosUtc since = 0;
    std::string reason;
  };
  /// The current limit; nullopt if there was no refusal for a minute.
  std::optional<Limit> limit() const;

 private:
  double recent(Monotonic now) const;
  void cut(Monotonic now);
  void grow(Monotonic now);
  /// Whether no request was refused for a minute.
  bool is_over(Monotonic now) const;
  void forget_limit(Monotonic now);

  const Clock& clock_;
  const double fetchers_;
  const std::string source_;
  std::atomic<bool> limited_ = false;
  mutable std::mutex mutex_;  // guards the members below
  MicrosUtc since_ = 0;
  Refused why_;
  double at_once_;         // requests at the same time
  double per_second_ = 0;  // steps that may begin per second
  Monotonic next_at_;      // time of the next step
  Monotonic closed_until_;
  Monotonic cut_at_;
  Monotonic grown_at_;
  Monotonic refused_at_;
  Monotonic answered_at_;
  int refused_in_a_row_ = 0;
  std::deque<Monotonic> last_answers_;  // times of the answers of the last second
};

}  // namespace dmw::sources
