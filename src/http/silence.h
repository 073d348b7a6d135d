// Silence: how long a server has not sent a byte although requests are waiting. All clients of one server share one
// Silence, so that a single slow answer does not count while the server answers others.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace dmw::http {

/// "Orthanc at http://… has accepted the connection and has not answered for 5 s": the sentence for a silent peer,
/// used by everything that notices it.
std::string silent_for(std::string_view peer, std::chrono::milliseconds time);

/// Any thread. A client reports the progress of each of its calls.
class Silence {
 public:
  /// A request was sent on an open connection, and the client waits for the server.
  void begin(Monotonic now);
  /// Bytes moved.
  void hear(Monotonic now);
  /// The call no longer waits for the server: it is finished, was cancelled, or the client itself is busy.
  void end();
  /// The call was ended because no byte has arrived since `last`, its own begin() or hear(). Unless the server has
  /// answered another call since then, the silence continues, even without further calls.
  void give_up(Monotonic last);
  /// The server reacted in another way, for example refused a connection. This ends the silence.
  void forget();

  /// The duration of the silence; nullopt if no call waits, or right after a byte.
  std::optional<std::chrono::milliseconds> lasting(Monotonic now) const;

 private:
  mutable std::mutex mutex_;  // guards the members below
  int waiting_ = 0;
  bool given_up_ = false;  // a call was given up, and no byte has arrived since
  Monotonic quiet_since_;  // time of the last byte, or of the first call after a time without calls
};

}  // namespace dmw::http
