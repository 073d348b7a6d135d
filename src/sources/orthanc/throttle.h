// Throttle: how fast a source may be asked. It lets everything through until the source refuses because it is asked too
// much; then fewer ask at once and slower (multiplicative decrease), and more and faster with each answer (additive
// increase), so that it stays near what the source lets through.
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
  /// A source that asks for a longer pause is asked once more after this one: what it waits for may be over, and a
  /// wrong answer of a proxy must not stop the fetching for a day.
  static constexpr std::chrono::hours pause_most{1};

  /// `fetchers`: how many may ask at once where nothing limits them. `clock` outlives it.
  Throttle(const Clock& clock, std::size_t fetchers, std::string source);

  struct Turn {
    std::chrono::milliseconds wait{0};  // none: ask now
    bool idle = false;                  // this fetcher is one too many: it keeps no connection
  };
  /// Of the fetcher of this number, from 0 on, before each of its steps.
  Turn turn(std::size_t fetcher);

  enum class Whose { source, ours };
  struct Refused {
    Whose whose = Whose::source;
    std::string by;                                        // "the peer answered 429"
    std::optional<std::chrono::milliseconds> retry_after;  // that the source asks for; pause_most of it is kept
  };
  /// Blocks until a fetcher may ask; false when `stop` came first.
  bool await_turn(const std::stop_token& stop);
  /// A step that began then was refused for the load. Those that were under way together count as one, and so do those
  /// of a second.
  void refused(Monotonic began, const Refused& why);
  /// The source has answered, whatever it said.
  void answered();
  /// The source asked for a pause, which goes on.
  bool closed() const;
  /// It refused some times in a row and answered nothing for seconds: it may be away altogether.
  bool silent() const;

  struct Limit {
    MicrosUtc since = 0;
    std::string reason;
  };
  /// While something limits it, and up to a minute after the last refusal.
  std::optional<Limit> limit() const;

 private:
  double recent(Monotonic now) const;
  void cut(Monotonic now);
  void grow(Monotonic now);
  /// It has not been refused for a minute.
  bool is_over(Monotonic now) const;
  void forget_limit(Monotonic now);

  const Clock& clock_;
  const double fetchers_;
  const std::string source_;
  std::atomic<bool> limited_ = false;
  mutable std::mutex mutex_;  // guards what follows
  MicrosUtc since_ = 0;
  Refused why_;
  double at_once_;         // fetchers that may ask
  double per_second_ = 0;  // steps that may begin
  Monotonic next_at_;      // the next of them
  Monotonic closed_until_;
  Monotonic cut_at_;
  Monotonic grown_at_;
  Monotonic refused_at_;
  Monotonic answered_at_;
  int refused_in_a_row_ = 0;
  std::deque<Monotonic> last_answers_;  // of the last second
};

}  // namespace dmw::sources
