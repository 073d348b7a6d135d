#include "sources/upload/import_desk.h"

#include <algorithm>
#include <memory>

#include "base/format.h"
#include "base/json.h"
#include "model/origin.h"
#include "sources/upload/known_size.h"

namespace dmw::sources {
namespace {

constexpr std::size_t sessions_max = 64;
constexpr std::chrono::seconds told_after{3};

/// Fields of the answer in addition to the outcome.
struct Told {
  std::string study_uid{};
  std::string sop_uid{};
  std::string reason{};
};

Told told_of(const Received& received) {
  if (received.header.is_readable()) return {received.header->study_uid.get(), received.header->sop_uid.get()};
  return {.reason = received.header.refusal().detail};
}

http::Answer answer_of(Outcome outcome, const Told& told) {
  json::object body{{"outcome", name(outcome)}};
  body["study_instance_uid"] = json::nullable(told.study_uid);
  body["sop_instance_uid"] = json::nullable(told.sop_uid);
  if (outcome == Outcome::set_aside)
    body["reason"] = told.reason.empty() ? "it could not be processed: see its dead letter" : told.reason;
  return http::Answer::json(outcome == Outcome::kept ? 202 : 200, json::serialize(body));
}

/// The place of one upload, limited by `uploads_max`.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(&taken), number_(++taken) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --*taken_; }
  std::size_t number() const { return number_; }

 private:
  std::atomic<std::size_t>* taken_;
  std::size_t number_;
};

}  // namespace

Result<> ImportDesk::start() {
  teller_.start();
  return {};
}

void ImportDesk::stop(std::chrono::milliseconds /*patience*/) {
  teller_.stop();
  stories_->tell(std::chrono::milliseconds(0));
}

PartState ImportDesk::state() const {
  const Result<> admitted = door_.admit();
  return admitted ? ok() : degraded(admitted.error().what);
}

ImportDesk::ImportDesk(Door& door, OutcomeDesk& outcomes, db::Database& catalog, const Clock& clock,
                       std::size_t uploads_max)
    : Part({.name = door.name(), .kind = PartKind::source, .needs = {"inbox"}}),
      door_(door),
      outcomes_(outcomes),
      catalog_(catalog),
      clock_(clock),
      uploads_max_(uploads_max),
      stories_(std::make_shared<ImportStories>(clock)),
      teller_({.name = "import",
               .interval = std::chrono::seconds(1),
               .pass = [this]() -> Result<bool> {
                 stories_->tell(told_after);
                 return false;
               },
               .probe = {}},
              clock) {}

std::vector<http::Route> ImportDesk::routes() {
  http::Route route;
  route.method = "POST";
  route.path = "/api/v1/imports/{import}/files";
  route.scope = http::Scope::ingest;
  route.upload = [this](const http::Request& request, http::BodyReader& body, http::Responder responder) {
    take(request, body, std::move(responder));
  };
  return {route};
}

void ImportDesk::take(const http::Request& request, http::BodyReader& body, http::Responder responder) {
  const std::optional<Uuid> import = Uuid::parse(request.parameter("import"));
  if (!import) {
    return responder.send(http::Problem::of(422, "the import id must be a UUID").error("import", "is not a UUID"));
  }
  const std::string name = shown_name(request.query("name").value_or(""));
  const Place place(uploads_);
  if (place.number() > uploads_max_) {
    return responder.send(http::Problem::of(503, "too many uploads at once (HTTP_UPLOADS)").header("Retry-After", "1"));
  }
  std::optional<http::Problem> of_the_body;
  Result<Received> received = receive(request, body, of_the_body);
  if (of_the_body) return responder.send(*of_the_body);
  if (!received) return responder.send(received.error());

  const Told told = told_of(*received);
  const Session session = session_of(*import, request.peer);
  OutcomeDesk::Expected expected{.session = session.id, .told = {}};
  if (received->header.is_readable())
    expected.dataset = {received->header->study_uid, received->header->sop_uid,
                        received->file.fingerprint().dataset_sha256};
  const std::optional<catalog::DatasetName> dataset = expected.dataset;
  const auto waiting = std::make_shared<http::Responder>(std::move(responder));
  // The outcome desk outlives this one, and reports the remaining outcomes at its end.
  expected.told = [stories = stories_, waiting, told, import = *import, peer = request.peer](Outcome outcome) {
    stories->add(import, peer, outcome);
    waiting->send(answer_of(outcome, told));
  };
  // Registered before the catalog is queried, so that of two equal files at the same time one sees the other.
  const OutcomeDesk::Ticket ticket = outcomes_.expect(std::move(expected));
  if (dataset && is_known(*dataset)) {
    outcomes_.drop(ticket);
    stories_->add(*import, request.peer, Outcome::same);
    return waiting->send(answer_of(Outcome::same, told));
  }
  const Result<> kept = door_.keep(*std::move(received), session, ticket.finished, name);
  if (!kept) {
    outcomes_.drop(ticket);
    return waiting->send(kept.error());
  }
  outcomes_.kept(ticket);
  // A stopping server calls this before it answers by itself.
  waiting->wait([waiting, told] { waiting->send(answer_of(Outcome::kept, told)); });
}

bool ImportDesk::is_known(const catalog::DatasetName& dataset) const {
  // Only an optimisation: without an answer the instance is kept like any other.
  const auto known = catalog::first_sessions(catalog_, std::span(&dataset, 1));
  return known && known->front();
}

Result<Received> ImportDesk::receive(const http::Request& request, http::BodyReader& body,
                                     std::optional<http::Problem>& of_the_body) {
  inbox::SpoolFile file = TRY(door_.open(known_size(request)));
  while (true) {
    const Result<ByteView> piece = body.next();
    if (!piece) {
      of_the_body = http::body_problem(piece.error());
      return std::unexpected(piece.error());
    }
    if (piece->empty()) return door_.receive(std::move(file));
    TRY(file.append(*piece));
  }
}

Session ImportDesk::session_of(const Uuid& import, const std::string& peer) {
  const std::lock_guard lock(mutex_);
  auto found = std::ranges::find(sessions_, import, &Session::correlation_id);
  if (found == sessions_.end()) {
    Session session;
    session.id = new_session_id();
    session.kind = SessionKind::folder;
    session.correlation_id = import;
    session.source = door_.name();
    session.peer = peer;
    session.started_at = clock_.now();
    found = sessions_.insert(sessions_.begin(), std::move(session));
    if (sessions_.size() > sessions_max) sessions_.pop_back();
  }
  sessions_.splice(sessions_.begin(), sessions_, found);
  return *found;
}

}  // namespace dmw::sources
