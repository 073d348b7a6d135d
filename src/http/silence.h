// Silence: for how long a peer that has accepted what was asked of it has not answered. All clients of one peer share
// one, so that a single slow answer is no silence while the peer answers others.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace dmw::http {

/// Any thread. A client tells it what becomes of each of its calls.
class Silence {
 public:
  /// A connection stands, and the peer has to say something on it.
  void begin(Monotonic now);
  /// Bytes moved.
  void hear(Monotonic now);
  /// One that began waits no more: it is through, was given up by us, or it is we who have to do something.
  void end();
  /// One that began was given up because nothing was heard on it after `last`, its own begin() or hear(). Unless the
  /// peer has answered another since, the silence goes on, also while nothing is asked.
  void give_up(Monotonic last);
  /// The peer did something else than answer, such as refuse a connection: that is no silence any more.
  void forget();

  /// Nothing while nothing is asked, or right after a byte.
  std::optional<std::chrono::milliseconds> lasting(Monotonic now) const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  int waiting_ = 0;
  bool given_up_ = false;  // and nothing was heard since
  Monotonic quiet_since_;  // the last byte, or the beginning of the first call after a time without any
};

}  // namespace dmw::http
