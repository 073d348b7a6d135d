// StowDoor: instances that come over HTTP. STOW-RS (PS3.18 §10.5), and a plain upload of one file or a zip archive.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "http/router.h"
#include "inbox/inbox.h"
#include "sources/door.h"
#include "sources/stow/delivery.h"
#include "sources/stow/keep_pool.h"

namespace dmw::sources {

/// Made before the server and destroyed after it has stopped. Any thread.
class StowDoor {
 public:
  /// All of it outlives the door.
  struct Rooms {
    inbox::Inbox& inbox;
    const dicom::ReadOptions& read;
    Metrics& metrics;
    const Clock& clock;
    std::size_t results_max = 400'000;  // of all uploads that are not answered yet
  };

  explicit StowDoor(const Rooms& rooms);

  /// They refer to this object.
  std::vector<http::Route> routes();
  /// Archives are unpacked for so long still; what else is under way, its server ends.
  void begin_stop(std::chrono::milliseconds patience);
  /// May something come in? Errors: full.
  Result<> admit() const { return door_.admit(); }

 private:
  /// Takes the instances out of a body; a problem when it cannot be read on.
  using Receive =
      std::function<std::optional<http::Problem>(const http::Request&, http::BodyReader&, Delivery& delivery)>;
  using Respond = http::Answer (*)(const http::Request&, const std::deque<StoreResult>&);

  http::Route route(std::string path, Receive receive, Respond respond);
  http::Answer take(const http::Request& request, http::BodyReader& body, const Receive& receive, Respond respond);
  Session session_of(const http::Request& request) const;

  inbox::Inbox& inbox_;
  const Clock& clock_;
  Door door_;
  KeepPool keepers_;
  ResultPlaces places_;
  std::atomic<Monotonic> ends_at_ = Monotonic::max();
  Gauge& in_flight_;
};

}  // namespace dmw::sources
