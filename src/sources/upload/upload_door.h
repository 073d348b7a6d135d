// UploadDoor: receives instances over HTTP: STOW-RS (PS3.18 §10.5), and a plain upload of one file or a zip archive.
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
#include "inbox/intake.h"
#include "part/part.h"
#include "sources/door.h"
#include "sources/upload/delivery.h"
#include "sources/upload/keep_pool.h"

namespace dmw::sources {

/// Must be created before the server and destroyed after the server has stopped. Any thread.
class UploadDoor : public Part {
 public:
  /// All of these outlive the door.
  struct Rooms {
    inbox::Intake& inbox;
    const dicom::ReadOptions& read;
    Metrics& metrics;
    const Clock& clock;
    std::size_t results_max = 400'000;  // limit of results of all uploads that are not answered yet
    OutcomeDesk* outcomes = nullptr;    // for callers that wait; null: no caller can wait
  };

  explicit UploadDoor(const Rooms& rooms);

  /// The routes refer to this object.
  std::vector<http::Route> routes();
  /// Archives may be unpacked for this time; the server ends all other requests.
  void begin_stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;
  /// May something come in? Errors: full.
  Result<> admit() const { return door_.admit(); }

 private:
  /// Reads the instances of a body; returns a problem if it cannot be read to its end.
  using Receive =
      std::function<std::optional<http::Problem>(const http::Request&, http::BodyReader&, Delivery& delivery)>;
  using Respond = http::Answer (*)(const http::Request&, const std::deque<StoreResult>&);

  /// The differences between the routes.
  struct Kind {
    Receive receive;
    Respond respond;
    bool tells_outcomes = false;  // whether outcomes are reported to a caller that waits for them
  };

  http::Route route(std::string path, Kind kind);
  http::Answer take(const http::Request& request, http::BodyReader& body, const Kind& kind);
  http::Answer answer(const http::Request& request, const Kind& kind, Delivery& delivery,
                      std::optional<std::chrono::seconds> wait);
  Session session_of(const http::Request& request) const;

  inbox::Intake& inbox_;
  const Clock& clock_;
  Door door_;
  KeepPool keepers_;
  ResultPlaces places_;
  OutcomeDesk* const outcomes_;
  std::atomic<Monotonic> ends_at_ = Monotonic::max();
  Gauge& in_flight_;
};

}  // namespace dmw::sources
