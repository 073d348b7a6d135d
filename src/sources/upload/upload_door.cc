#include "sources/upload/upload_door.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"
#include "base/log.h"
#include "http/preference.h"
#include "sources/upload/file_body.h"
#include "sources/upload/file_response.h"
#include "sources/upload/parts_body.h"
#include "sources/upload/refusals.h"
#include "sources/upload/store_response.h"

namespace dmw::sources {
namespace {

/// This number of syncs shares a journal commit well.
constexpr std::size_t keepers = 16;
/// A caller that waits for outcomes uses a thread.
constexpr std::chrono::seconds outcome_wait_max{30};

/// Counts a request while it is running.
class Presence {
 public:
  explicit Presence(Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() { gauge_.add(-1); }

 private:
  Gauge& gauge_;
};

std::optional<StudyUid> addressed_study(const http::Request& request) {
  if (request.parameters.empty()) return std::nullopt;
  return StudyUid(request.parameter("uid"));
}

/// If a request could not be read to its end, the answer reports no instance as stored, so that the sender sends all of
/// them again.
http::Problem cut_short(http::Problem problem, std::size_t kept) {
  if (kept > 0) problem.detail += format("; {} instances were kept before that; they may be sent again", kept);
  return problem;
}

/// The problem if nothing was kept because of an error of ours; the sender may try again.
std::optional<http::Problem> fault_of_ours(const std::deque<StoreResult>& results) {
  for (const StoreResult& result : results) {
    if (result.failure == FailureReason::processing_failure) return http::Problem::of(500, result.words);
    if (result.ours) return http::Problem::of(Error{*result.ours, result.words, {}});
  }
  return std::nullopt;
}

http::Answer answer_to(const http::Request& request, const http::Problem& problem, MicrosUtc now) {
  http::Answer answer =
      http::Answer::text(problem.status, "application/problem+json", problem.body(request.correlation, now));
  for (const auto& [name, value] : problem.headers) answer.headers.add(name, value);
  return answer;
}

/// For a person; empty if the caller gave no name.
std::string word_of_caller(const http::Request& request) {
  if (request.client_correlation.empty()) return {};
  return format(" (X-Correlation-ID: {})", request.client_correlation);
}

}  // namespace

UploadDoor::UploadDoor(const Rooms& rooms)
    : Part({.name = "stow", .kind = PartKind::source, .needs = {"inbox"}}),
      inbox_(rooms.inbox),
      clock_(rooms.clock),
      door_(name(), rooms.inbox, rooms.read, rooms.metrics),
      keepers_(keepers),
      places_(rooms.results_max),
      outcomes_(rooms.outcomes),
      in_flight_(rooms.metrics.gauge("dicom_middleware_uploads_in_flight", "HTTP uploads in progress")) {}

PartState UploadDoor::state() const {
  const Result<> admitted = admit();
  return admitted ? ok() : degraded(admitted.error().what);
}

std::optional<PartSummary> UploadDoor::summary(const SummaryOrder& order) const {
  return PartSummary{.title = name(), .what = order.http_url + "dicom-web/studies"};
}

std::vector<http::Route> UploadDoor::routes() {
  const Receive parts = [this](const http::Request& request, http::BodyReader& body, Delivery& delivery) {
    return receive_parts(request, body, door_, delivery);
  };
  const FileRooms rooms{door_, inbox_, [this] { return clock_.monotonic() >= ends_at_.load(); }};
  const Receive file = [rooms](const http::Request& request, http::BodyReader& body, Delivery& delivery) {
    return receive_file(request, body, rooms, delivery);
  };
  return {route("/dicom-web/studies", {parts, store_response}),
          route("/dicom-web/studies/{uid}", {parts, store_response}),
          route("/api/v1/instances", {file, file_response, true})};
}

void UploadDoor::begin_stop(std::chrono::milliseconds patience) {
  ends_at_ = clock_.monotonic() + patience;
}

http::Route UploadDoor::route(std::string path, Kind kind) {
  const auto upload = [this, kind = std::move(kind)](const http::Request& request, http::BodyReader& body,
                                                     http::Responder responder) {
    responder.send(take(request, body, kind));
  };
  return {.method = "POST", .path = std::move(path), .scope = http::Scope::ingest, .upload = upload};
}

http::Answer UploadDoor::take(const http::Request& request, http::BodyReader& body, const Kind& kind) {
  const Presence presence(in_flight_);
  const Monotonic began = clock_.monotonic();
  const auto refuse = [&](const http::Problem& problem) { return answer_to(request, problem, clock_.now()); };
  if (const Result<> admitted = door_.admit(); !admitted) {
    door_.refused("full");
    return refuse(not_admitted(admitted.error()));
  }
  const bool asks = kind.tells_outcomes && outcomes_ != nullptr;
  const auto wait = asks ? http::Preference::of(request.headers).wait : std::nullopt;
  Delivery delivery(door_, keepers_, places_, session_of(request), addressed_study(request),
                    wait ? outcomes_ : nullptr);
  const std::optional<http::Problem> problem = kind.receive(request, body, delivery);
  const std::deque<StoreResult>& results = delivery.finish();
  const auto kept = static_cast<std::size_t>(std::ranges::count_if(results, &StoreResult::kept));
  const std::chrono::duration<double> seconds = clock_.monotonic() - began;
  log::info("upload",
            format("{} from {}{}: {} kept, {} refused{}{}", door_.name(), request.peer, word_of_caller(request), kept,
                   results.size() - kept, problem ? ": " : "", problem ? problem->detail : ""),
            {{"source", door_.name()},
             {"peer", request.peer},
             {"kept", kept},
             {"refused", results.size() - kept},
             {"seconds", seconds.count()},
             {"correlation_id", request.correlation.text()},
             {"client_correlation_id", request.client_correlation}});
  if (problem) return refuse(cut_short(*problem, kept));
  if (results.empty()) return refuse(http::Problem::of(400, "there is no instance in the body"));
  if (const auto fault = kept == 0 ? fault_of_ours(results) : std::nullopt) return refuse(*fault);
  return answer(request, kind, delivery, wait);
}

http::Answer UploadDoor::answer(const http::Request& request, const Kind& kind, Delivery& delivery,
                                std::optional<std::chrono::seconds> wait) {
  if (!wait) return kind.respond(request, delivery.finish());
  wait = std::min(*wait, outcome_wait_max);
  const Monotonic until = clock_.monotonic() + *wait;
  // When the program stops, kept instances are safe on disk, and the sender gets the answer at once.
  delivery.await_outcomes([&] { return clock_.monotonic() >= until || ends_at_.load() != Monotonic::max(); });
  http::Answer answer = kind.respond(request, delivery.finish());
  answer.headers.add("Preference-Applied", format("wait={}", wait->count()));
  return answer;
}

Session UploadDoor::session_of(const http::Request& request) const {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::stow;
  session.correlation_id = request.correlation;
  session.source = door_.name();
  session.peer = request.peer;
  session.traceparent = request.traceparent.value_or("");
  session.started_at = clock_.now();
  return session;
}

}  // namespace dmw::sources
