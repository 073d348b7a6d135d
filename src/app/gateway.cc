#include "app/gateway.h"

#include <algorithm>
#include <iterator>

#include "api/api.h"
#include "app/backends.h"
#include "app/foundation.h"
#include "app/free_bytes.h"
#include "app/housekeeping.h"
#include "app/intake_watch.h"
#include "app/intakes.h"
#include "app/lanes.h"
#include "app/outlets.h"
#include "app/part_gauges.h"
#include "app/part_log.h"
#include "app/pipeline.h"
#include "app/process_metrics.h"
#include "app/version.h"
#include "app/watches.h"
#include "base/log.h"

namespace dmw::app {
namespace {

/// Even a late stop tells current work that it must end.
constexpr std::chrono::milliseconds answer_patience{1'000};
constexpr std::chrono::seconds housekeeping_interval{10};
constexpr std::chrono::seconds part_log_interval{1};

}  // namespace

/// In the order in which things stand on each other; destroyed from the last to the first. The parts run until the list
/// of them is destroyed, which is before anything that they call.
struct Gateway::State {
  std::vector<http::Route> more_routes;
  std::unique_ptr<Foundation> ground;
  std::optional<Lanes> lanes;
  std::optional<Pipeline> pipeline;
  std::unique_ptr<Outlets> outlets;
  std::unique_ptr<Intakes> intakes;
  std::optional<Housekeeping> housekeeping;
  lane::Worker* housekeeping_worker = nullptr;
  std::optional<ProcessMetrics> process_metrics;
  std::optional<PartGauges> part_gauges;
  std::optional<CatalogWatch> catalog;
  std::optional<StoreWatch> store;
  std::optional<IntakeWatch> inbox;
  std::optional<api::Api> api;
  std::optional<Listener> listener;
  PartList parts;
  std::optional<PartLog> part_log;
  std::optional<lane::Worker> part_log_worker;

  Result<> open(const config::Settings& settings, const Opening& opening);
  Result<> open_outlets();
  void open_housekeeping();
  void open_watches();
  void open_api();
  void open_part_log();
  void list_parts();
  std::vector<http::Route> routes();
};

/// Each part is told here what it nudges: a part runs when it is nudged, and now and then without.
Result<> Gateway::State::open(const config::Settings& settings, const Opening& opening) {
  ground = TRY(Foundation::open(settings, opening.adopt_store));
  lanes.emplace(ground->clock());
  pipeline.emplace(*ground, *lanes, [this](Topic topic) {
    outlets->nudge(topic);
    api->on_events();
    api->on_progress();
  });
  TRY(open_outlets());
  intakes = TRY(Intakes::open(*ground, pipeline->burials(), [this] {
    pipeline->nudge_settler();
    api->on_progress();
  }));
  open_housekeeping();
  process_metrics.emplace(ground->metrics());
  part_gauges.emplace(ground->metrics());
  open_watches();
  open_api();
  listener.emplace(ground->metrics(), ground->settings().http, opening.listening);
  listener->set_routes(routes());
  list_parts();
  open_part_log();
  return {};
}

Result<> Gateway::State::open_outlets() {
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
                       Housekeeping::Named{sinks_of(ground->settings()), orthanc_names(ground->settings())});
  housekeeping_worker = &lanes->add({.name = "housekeeping",
                                     .interval = housekeeping_interval,
                                     .pass = [this] { return housekeeping->pass(); },
                                     .probe = [this] { return pipeline->probe(); }},
                                    housekeeping->aside());
}

void Gateway::State::open_watches() {
  catalog.emplace(*ground, [this] { return housekeeping->look_at_catalog(); });
  store.emplace(*ground);
  const auto measure = [&free = free_bytes_of(ground->metrics(), "inbox"), directory = ground->inbox().directory()] {
    tell_free(free, free_in(directory));
  };
  inbox.emplace(ground->inbox(), ground->clock(), measure, [this] { return housekeeping->stranded(); });
}

void Gateway::State::open_api() {
  api::Parts given{.database = ground->catalog(),
                   .store = ground->store(),
                   .replay = pipeline->replay(),
                   .metrics = ground->metrics(),
                   .clock = ground->clock(),
                   .program = parts,
                   .submit = [this](const NewRequest& wanted) { return intakes->orthancs().submit(wanted); }};
  given.on_changed = [this] { pipeline->nudge_settler(); };
  given.erase_grace = ground->settings().erase.grace;
  given.refresh_metrics = [this] {
    housekeeping->refresh_metrics();
    process_metrics->refresh();
    part_gauges->set(parts.states());
  };
  given.sources = orthanc_names(ground->settings());
  given.default_source = intakes->orthancs().default_name();
  given.wait_default = ground->settings().http.ingestion_wait;
  given.read = ground->read();
  given.version = version();
  api.emplace(given);
}

/// In the order in which people read of them.
void Gateway::State::list_parts() {
  parts.add(*catalog);
  parts.add(*store);
  parts.add(*lanes);
  parts.add(*inbox);
  outlets->add_to(parts);
  intakes->add_to(parts);
  parts.add(*listener);
}

void Gateway::State::open_part_log() {
  part_log.emplace(parts, ground->clock());
  const auto look = [this]() -> Result<bool> {
    part_log->look();
    return false;
  };
  part_log_worker.emplace(
      lane::Worker::Options{.name = "parts", .interval = part_log_interval, .pass = look, .probe = {}},
      ground->clock());
}

std::vector<http::Route> Gateway::State::routes() {
  std::vector<http::Route> routes = api->routes();
  std::ranges::move(intakes->routes(), std::back_inserter(routes));
  std::ranges::copy(more_routes, std::back_inserter(routes));
  return routes;
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
  const Result<> started = state_->parts.start({PartKind::watch});
  ASSERT(started);  // a watch opens nothing
}

Result<> Gateway::start() {
  State& state = *state_;
  const Result<> started =
      state.parts.start({PartKind::sink, PartKind::work, PartKind::watch, PartKind::source, PartKind::server});
  if (started)
    state.part_log_worker->start();
  else
    stop(std::chrono::milliseconds(0));
  return started;
}

/// Stops the intakes first, then the workers, then the sinks. If one step uses up the whole patience, the connection to
/// the database is closed too; leases that were not given up then expire.
void Gateway::stop(std::chrono::milliseconds patience) {
  State& state = *state_;
  const Clock& clock = state.ground->clock();
  catalog::Gate& catalog = state.ground->catalog();
  state.ground->end_adoption();
  state.part_log_worker->stop();  // that a part stops is no trouble of it
  const Monotonic deadline = clock.monotonic() + patience;
  // Of a catalog that was never open there is nothing to hand over.
  catalog.end_waits_at(catalog.schema() ? deadline : clock.monotonic());
  state.parts.stop({PartKind::source, PartKind::server, PartKind::watch, PartKind::work, PartKind::sink}, [&] {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.monotonic());
    return std::max(answer_patience, std::min(left, patience / 4));
  });
  if (!catalog.admit()) return;  // nothing was led, and nobody would hear it
  if (const Result<> resigned = state.pipeline->resign(); !resigned)
    log::warning("resign_failed", resigned.error().message());
  if (!state.housekeeping_worker->state().well()) return;  // nobody would hear it
  if (const Result<> told = state.housekeeping->farewell(); !told)
    log::warning("heartbeat_failed", told.error().message());
}

const PartList& Gateway::parts() const {
  return state_->parts;
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
void Gateway::take(const config::Settings& settings) {
  state_->pipeline->take(settings);
  state_->intakes->take(settings);
  state_->outlets->take(settings);
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
std::string Gateway::http_url() const {
  return state_->listener->url();
}

}  // namespace dmw::app
