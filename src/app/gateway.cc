#include "app/gateway.h"

#include <algorithm>
#include <iterator>

#include "api/api.h"
#include "app/backends.h"
#include "app/foundation.h"
#include "app/housekeeping.h"
#include "app/intakes.h"
#include "app/mapping.h"
#include "app/outlets.h"
#include "app/part_log.h"
#include "app/pipeline.h"
#include "app/process_metrics.h"
#include "app/readiness.h"
#include "app/version.h"
#include "app/watches.h"
#include "base/log.h"

namespace dmw::app {
namespace {

/// What is under way is told at least that it ends, however late the stop is.
constexpr std::chrono::milliseconds answer_patience{1'000};
constexpr std::chrono::seconds housekeeping_interval{10};
constexpr std::chrono::seconds part_log_interval{1};

}  // namespace

/// In the order in which things stand on each other; destroyed from the last to the first.
struct Gateway::State {
  std::vector<http::Route> more_routes;
  std::unique_ptr<Foundation> ground;
  std::optional<Pipeline> pipeline;
  std::unique_ptr<Outlets> outlets;
  std::optional<Intakes> intakes;
  std::optional<Housekeeping> housekeeping;
  std::optional<ProcessMetrics> process_metrics;
  std::optional<PartGauges> part_gauges;
  std::optional<lane::Worker> housekeeping_worker;
  mutable std::optional<Watches> watches;  // asked by each request for readiness
  std::optional<PartLog> part_log;
  std::optional<lane::Worker> part_log_worker;
  std::optional<api::Api> api;
  std::optional<Listener> listener;

  ~State();
  Result<> open(const config::Settings& settings, const Opening& opening);
  Result<> open_outlets();
  void open_housekeeping();
  void open_part_log();
  void open_api();
  void refresh_metrics();
  std::vector<http::Route> routes();
  Observed observed() const;
  std::vector<api::PartState> readiness(const Observed& observed) const;
};

/// What runs calls what would be destroyed before it.
Gateway::State::~State() {
  if (part_log_worker) part_log_worker->stop();
  if (intakes) intakes->stop([] { return std::chrono::milliseconds(0); });
  if (pipeline) pipeline->stop();
  if (outlets) outlets->stop(std::chrono::milliseconds(0));
}

/// Each part is told here what it nudges: a part runs when it is nudged, and now and then without.
Result<> Gateway::State::open(const config::Settings& settings, const Opening& opening) {
  ground = TRY(Foundation::open(settings, opening.adopt_store));
  pipeline.emplace(*ground, [this](Topic topic) {
    if (outlets) outlets->nudge(topic);
    api->on_events();
    api->on_progress();
  });
  TRY(open_outlets());
  intakes.emplace(*ground, pipeline->burials(), [this] {
    pipeline->nudge_settler();
    api->on_progress();
  });
  open_housekeeping();
  process_metrics.emplace(ground->metrics());
  part_gauges.emplace(ground->metrics());
  watches.emplace(*ground, [this] { return housekeeping->look_at_catalog(); });
  open_part_log();
  open_api();
  listener.emplace(ground->metrics());
  return {};
}

Result<> Gateway::State::open_outlets() {
  if (!ground->settings().kafka.bootstrap_servers) return {};
  outlets = TRY(Outlets::open(ground->settings(), {.database = ground->catalog(),
                                                   .clock = ground->clock(),
                                                   .metrics = ground->metrics(),
                                                   .holder = ground->inbox().replica_id(),
                                                   .on_published = [this] { api->on_progress(); }}));
  return {};
}

void Gateway::State::open_housekeeping() {
  housekeeping.emplace(ground->catalog(), ground->inbox(), ground->clock(), ground->clock_trust(), ground->metrics(),
                       ground->settings().events.retention,
                       outlets ? std::vector(kafka_sinks().begin(), kafka_sinks().end()) : std::vector<SinkName>());
  housekeeping_worker.emplace(lane::Worker::Options{.name = "housekeeping",
                                                    .interval = housekeeping_interval,
                                                    .pass = [this] { return housekeeping->pass(); },
                                                    .probe = [this] { return pipeline->probe(); }});
}

void Gateway::State::open_part_log() {
  part_log.emplace(ground->clock());
  const auto look = [this]() -> Result<bool> {
    Observed seen = observed();
    for (Lane& lane : seen.lanes) lane.aside.reset();  // each item that waits alone is told when it is put aside
    part_log->look(readiness(seen));
    return false;
  };
  part_log_worker.emplace(
      lane::Worker::Options{.name = "parts", .interval = part_log_interval, .pass = look, .probe = {}});
}

void Gateway::State::open_api() {
  api::Parts parts{.database = ground->catalog(),
                   .store = ground->store(),
                   .replay = pipeline->replay(),
                   .metrics = ground->metrics(),
                   .clock = ground->clock(),
                   .submit = [this](const NewRequest& wanted) { return intakes->submit(wanted); },
                   .readiness = [this] { return readiness(observed()); }};
  parts.on_changed = [this] { pipeline->nudge_settler(); };
  parts.erase_grace = ground->settings().erase.grace;
  parts.refresh_metrics = [this] { refresh_metrics(); };
  if (const auto& orthanc = intakes->orthanc()) parts.sources.push_back(orthanc->name());
  if (outlets) parts.sink = kafka_sink_name;
  parts.wait_default = ground->settings().http.ingestion_wait;
  parts.read = ground->read();
  parts.version = version();
  api.emplace(parts);
}

void Gateway::State::refresh_metrics() {
  housekeeping->refresh_metrics();
  process_metrics->refresh();
  part_gauges->set(readiness(observed()));
}

std::vector<http::Route> Gateway::State::routes() {
  std::vector<http::Route> routes = api->routes();
  std::ranges::move(intakes->routes(), std::back_inserter(routes));
  std::ranges::copy(more_routes, std::back_inserter(routes));
  return routes;
}

Observed Gateway::State::observed() const {
  std::vector<Lane> lanes = pipeline->lanes();
  lanes.push_back({"housekeeping", housekeeping_worker->state(), housekeeping->aside().state()});
  const auto& source = intakes->orthanc();
  std::optional<sources::OrthancState> orthanc;
  if (source) orthanc = source->state();
  if (orthanc && orthanc->unnoted) lanes.push_back({"requests", lane::Worker::State(), orthanc->unnoted});
  return {.catalog = watches->catalog(),
          .store = watches->store(),
          .lanes = std::move(lanes),
          .inbox_fill = ground->inbox().fill(),
          .intake = watches->intake(),
          .recovering = ground->inbox().recovering(),
          .relays = outlets ? outlets->states() : std::vector<events::Relay::State>(),
          .orthanc = std::move(orthanc),
          .refused = pipeline->refused(),
          .stranded = housekeeping->stranded(),
          .now = ground->clock().now()};
}

std::vector<api::PartState> Gateway::State::readiness(const Observed& observed) const {
  std::vector<api::PartState> parts = part_states(observed);
  std::ranges::move(intakes->door_states(), std::back_inserter(parts));
  return parts;
}

Gateway::Gateway(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::open(const config::Settings& settings, const Opening& opening) {
  auto state = std::make_unique<State>();
  state->more_routes = opening.routes;
  TRY(state->open(settings, opening));
  return std::unique_ptr<Gateway>(new Gateway(std::move(state)));
}

void Gateway::watch() {
  state_->watches->start();
}

Result<> Gateway::start(Listening where) {
  State& state = *state_;
  state.pipeline->start();
  state.housekeeping_worker->start();
  if (state.outlets) state.outlets->start();
  state.intakes->start_orthanc();
  Result<> opened = where == Listening::everywhere ? state.intakes->start_doors() : Result<>();
  if (opened) opened = state.listener->start(state.ground->settings().http, state.routes(), where);
  if (opened) state.part_log_worker->start();
  // What runs already nudges what would be destroyed before it.
  if (!opened) stop(std::chrono::milliseconds(0));
  return opened;
}

/// Ways in first, then what carries on with what came in, then the ways out. When a step has used up the patience of
/// all, the database is given up, and with it what could still be handed over: leases end by themselves.
void Gateway::stop(std::chrono::milliseconds patience) {
  State& state = *state_;
  const Clock& clock = state.ground->clock();
  catalog::Gate& catalog = state.ground->catalog();
  state.ground->end_adoption();
  state.part_log_worker->stop();  // that a part stops is no trouble of it
  const Monotonic deadline = clock.monotonic() + patience;
  // Of a catalog that was never open there is nothing to hand over.
  catalog.end_waits_at(catalog.schema() ? deadline : clock.monotonic());
  const auto share = [&] {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.monotonic());
    return std::max(answer_patience, std::min(left, patience / 4));
  };
  state.intakes->stop(share);
  state.listener->stop(share());
  state.watches->stop();
  state.pipeline->stop();
  if (state.outlets) state.outlets->stop(share());
  state.housekeeping_worker->stop();
  if (!catalog.admit()) return;  // nothing was led, and nobody would hear it
  if (const Result<> resigned = state.pipeline->resign(); !resigned)
    log::warning("resign_failed", resigned.error().message());
  if (!state.housekeeping_worker->state().well()) return;  // nobody would hear it
  if (const Result<> told = state.housekeeping->farewell(); !told)
    log::warning("heartbeat_failed", told.error().message());
}

std::vector<api::PartState> Gateway::readiness() const {
  return state_->readiness(state_->observed());
}
Result<> Gateway::open_catalog() {
  return state_->ground->catalog().probe();
}
catalog::Gate::State Gateway::catalog_state() const {
  return state_->ground->catalog().state();
}
std::optional<Error> Gateway::store_refused() const {
  return state_->ground->store_refused();
}
std::optional<catalog::SchemaState> Gateway::schema() const {
  return state_->ground->catalog().schema();
}
void Gateway::take(const config::Settings& settings) {
  state_->pipeline->take(settings);
  state_->intakes->take(settings);
  if (state_->outlets) state_->outlets->change_access(settings);
  // A URL that is none has not passed the check of the settings.
  if (const Result<> taken = change_login(state_->ground->catalog(), settings); !taken)
    log::warning("login_kept", taken.error().message());
}
bool Gateway::has_control_socket() const {
  return state_->listener->has_control_socket();
}
std::uint16_t Gateway::http_port() const {
  return state_->listener->port();
}
Result<std::optional<std::uint64_t>> Gateway::free_bytes() const {
  return state_->ground->store().free_bytes();
}

std::optional<Result<sources::OrthancSize>> Gateway::orthanc_size() const {
  const auto& orthanc = state_->intakes->orthanc();
  if (!orthanc) return std::nullopt;
  return orthanc->size(std::chrono::milliseconds(500));
}

Result<std::int64_t> Gateway::study_count() const {
  return TRY(state_->ground->catalog().read("select count(*) from studies")).at(0).integer(0);
}

}  // namespace dmw::app
