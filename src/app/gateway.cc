#include "app/gateway.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <optional>

#include "api/api.h"
#include "api/request_observer.h"
#include "app/backends.h"
#include "app/doors.h"
#include "app/housekeeping.h"
#include "app/mapping.h"
#include "app/outlets.h"
#include "app/readiness.h"
#include "app/version.h"
#include "base/log.h"
#include "base/stage_timer.h"
#include "care/adoption.h"
#include "care/belonging.h"
#include "care/manifest_sweep.h"
#include "catalog/clock_trust.h"
#include "catalog/gate.h"
#include "catalog/standing.h"
#include "dicom/dictionary.h"
#include "dicom/part10.h"
#include "http/server.h"
#include "ingest/ingestor.h"
#include "ingest/removal.h"
#include "ingest/replay.h"
#include "ingest/settler.h"
#include "lane/worker.h"
#include "sources/dimse/meta_header.h"
#include "sources/orthanc/orthanc_source.h"
#include "store/late_store.h"

namespace dmw::app {
namespace {

/// What is under way is told at least that it ends, however late the stop is.
constexpr std::chrono::milliseconds answer_patience{1'000};
/// Who waits for a study's event does not notice it.
constexpr std::chrono::milliseconds settle_rest_most{50};

}  // namespace

/// In the order in which things stand on each other; destroyed from the last to the first.
struct Gateway::State {
  config::Settings settings;
  SystemClock clock;
  const MicrosUtc began = clock.now();
  Metrics metrics;
  dicom::ReadOptions read;
  std::optional<store::LateStore> store;
  std::unique_ptr<catalog::Gate> database;  // as everybody but the gate sees it
  std::atomic<bool> stopping = false;       // ends an adoption
  std::atomic<bool> store_refused = false;  // by the catalog, when it was opened last
  std::optional<catalog::ClockTrust> clock_trust;
  std::unique_ptr<inbox::Inbox> inbox;
  std::optional<events::Bodies> bodies;
  std::optional<ingest::Burials> burials;
  std::optional<catalog::Recorder> recorder;
  std::optional<ingest::HeaderProcess> header_process;
  std::optional<ingest::Ingestor> ingestor;
  std::optional<ingest::Settler> settler;
  std::optional<care::ManifestSweep> manifest_sweep;
  std::optional<ingest::Replay> replay;
  std::unique_ptr<Outlets> outlets;
  std::optional<sources::OrthancSource> orthanc;
  std::optional<Doors> doors;
  std::optional<Housekeeping> housekeeping;
  std::optional<api::Api> api;
  std::optional<api::RequestObserver> observer;
  std::optional<lane::Worker> catalog_watch;
  std::optional<lane::Worker> store_watch;
  mutable std::optional<IntakeWatch> intake_watch;  // asked by whoever asks for readiness
  std::optional<lane::Worker> ingest_worker;
  std::optional<lane::Worker> settle_worker;
  std::optional<lane::Worker> erase_worker;
  std::optional<lane::Worker> housekeeping_worker;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Server> metrics_server;

  CatalogId catalog_id() {
    return CatalogId([this] { return database->catalog_id(); });
  }
  lane::Worker::Options worker(std::string name, std::chrono::milliseconds interval, std::function<Result<bool>()> pass,
                               std::function<Result<>()> probe);
  Result<> open(const Opening& opening);
  Result<> open_store_if_known();
  Result<catalog::CatalogStanding> ask_catalog() const;
  Result<> bind(db::Database& catalog, const catalog::SchemaState& schema, bool adopt_store);
  Result<> open_ingest();
  Result<> open_ways_out();
  void open_ways_in();
  void open_api();
  void connect();
  Result<> listen(Listening where);
  std::vector<api::PartState> readiness() const;
};

Result<> Gateway::State::open(const Opening& opening) {
  read.limit_bytes = settings.inbox.header_limit_bytes;
  read.series_tags = TRY(dicom::tags_of(settings.catalog.attributes));
  TRY(open_store_if_known());
  database = std::make_unique<catalog::Gate>(
      TRY(open_database(settings)),
      [this, adopt = opening.adopt_store](db::Database& opened, const catalog::SchemaState& schema) {
        return bind(opened, schema, adopt);
      });
  clock_trust.emplace(*database, clock);
  inbox = TRY(inbox::Inbox::open({.directory = settings.inbox.path,
                                  .limit_bytes = settings.inbox.limit_bytes,
                                  .reserve_bytes = settings.inbox.disk_reserve_bytes,
                                  .locate = dicom::dataset_offset,
                                  .calling_ae_of = sources::source_ae_in},
                                 clock));
  TRY(open_ingest());
  TRY(open_ways_out());
  open_ways_in();
  open_api();
  connect();
  return {};
}

/// Where there is no store, the catalog says whether there was one: a volume that is not mounted is no new store. A
/// catalog that does not answer within a moment says nothing: intake does not wait for it, and the store is made or
/// waited for when it is back.
Result<> Gateway::State::open_store_if_known() {
  store.emplace([this](const std::string& expected_id) { return open_store(settings, expected_id); },
                "there is no store in STORAGE_PATH, and only the catalog, which has not answered yet, knows whether "
                "there has to be one: nothing is made there until it has");
  const Result<std::unique_ptr<store::ObjectStore>> there = open_store_to_look(settings);
  if (there || there.error().code != Errc::not_found) return store->open("");
  const Result<catalog::CatalogStanding> standing = ask_catalog();
  return standing ? store->open(standing->store_id.value_or("")) : Result<>();
}

/// With little patience. One that is not there yet is a new one.
Result<catalog::CatalogStanding> Gateway::State::ask_catalog() const {
  constexpr std::chrono::seconds moment{1};
  const config::DatabaseUrl& url = settings.catalog.database;
  std::error_code untold;
  if (url.kind == config::DatabaseUrl::Kind::sqlite && !std::filesystem::exists(url.path, untold) && !untold)
    return catalog::CatalogStanding();
  const std::unique_ptr<db::Database> catalog = TRY(open_database_to_look(settings));
  catalog->end_waits_at(clock.monotonic() + moment);
  return catalog::read_standing(*catalog);
}

Result<> Gateway::State::bind(db::Database& catalog, const catalog::SchemaState& schema, bool adopt_store) {
  if (!store->is_open()) TRY(store->open(TRY(catalog::read_standing(catalog)).store_id.value_or("")));
  if (adopt_store) {
    catalog::Recorder adopting(catalog, clock, {});
    care::Adoption adoption({catalog, *store, adopting, clock, read, schema.catalog_id, settings.erase.grace});
    TRY(adoption.run([this] { return stopping.load(); }));
  }
  const Result<> bound = care::bind(catalog, *store);
  store_refused = !bound && bound.error().code == Errc::conflict;
  return bound;
}

Result<> Gateway::State::open_ingest() {
  bodies.emplace(catalog_id(), event_profile(settings), [this](std::string_view key) { return store->uri(key); }, "");
  burials.emplace(*store, *database, *bodies, catalog_id(), clock, metrics);
  std::set<std::string> replaces;
  if (settings.orthanc.replaces) replaces.insert(orthanc_name);
  recorder.emplace(*database, clock, replaces);
  std::vector<std::string> arguments = {"read-header", std::to_string(settings.inbox.header_limit_bytes)};
  for (const std::string& keyword : settings.catalog.attributes) arguments.push_back("--keyword=" + keyword);
  header_process.emplace("/proc/self/exe", std::move(arguments));
  ingestor.emplace(ingest::Ingestor::Parts{*inbox, *store, *recorder, *burials, *header_process, metrics, clock});
  settler.emplace(
      ingest::Settler::Options{
          .holder = inbox->replica_id(), .catalog_id = catalog_id(), .rules = settle_rules(settings.settle)},
      *database, *store, *bodies, clock, metrics);
  manifest_sweep.emplace(inbox->replica_id(), *database, *store, clock);
  replay.emplace(*inbox, *store, *database, read, clock);
  return {};
}

Result<> Gateway::State::open_ways_out() {
  if (!settings.kafka.bootstrap_servers) return {};
  outlets = TRY(Outlets::open(settings, {.database = *database,
                                         .clock = clock,
                                         .metrics = metrics,
                                         .holder = inbox->replica_id(),
                                         .on_published = [this] { api->on_progress(); }}));
  return {};
}

void Gateway::State::open_ways_in() {
  doors.emplace(Doors::Surroundings{settings, read, *database, *inbox, metrics, clock});
  if (!settings.orthanc.url) return;
  const sources::Surroundings rooms{*database,
                                    *inbox,
                                    metrics,
                                    clock,
                                    [this](const DeadLetter& letter, const std::optional<RequestClaim>& claim) {
                                      return burials->keep(letter, claim);
                                    },
                                    [this] {
                                      settle_worker->nudge();
                                      api->on_progress();
                                    }};
  orthanc.emplace(orthanc_options(settings, read, catalog_id()), rooms);
}

void Gateway::State::open_api() {
  api::Parts parts{.database = *database,
                   .store = *store,
                   .replay = *replay,
                   .metrics = metrics,
                   .clock = clock,
                   .submit = [this](const NewRequest& wanted) -> Result<catalog::Submitted> {
                     if (!orthanc) return fail(Errc::unavailable, "no Orthanc is configured: set ORTHANC_URL");
                     return orthanc->trigger().submit({.study = wanted.study,
                                                       .correlation_id = wanted.correlation_id,
                                                       .client_correlation = wanted.client_correlation,
                                                       .traceparent = wanted.traceparent,
                                                       .priority = wanted.priority});
                   },
                   .readiness = [this] { return readiness(); }};
  parts.on_changed = [this] { settle_worker->nudge(); };
  parts.erase_grace = settings.erase.grace;
  parts.refresh_metrics = [this] { housekeeping->refresh_metrics(); };
  if (orthanc) parts.sources.push_back(orthanc->name());
  if (outlets) parts.sink = kafka_sink_name;
  parts.wait_default = settings.http.ingestion_wait;
  parts.read = read;
  parts.version = version();
  api.emplace(parts);
  observer.emplace(metrics);
}

/// What runs when: a worker runs when it is nudged, and now and then without. The watches do nothing but ask, so that
/// /ready knows of each part what is wrong with it, and not only which work is not done.
void Gateway::State::connect() {
  using namespace std::chrono_literals;
  const auto probe = [this]() -> Result<> {
    TRY(database->probe());
    return store->probe();
  };
  housekeeping.emplace(*database, *inbox, clock, *clock_trust, metrics, settings.events.retention,
                       outlets ? std::vector(kafka_sinks().begin(), kafka_sinks().end()) : std::vector<SinkName>());
  const auto ask_catalog = [this]() -> Result<bool> {
    TRY(database->probe());
    TRY(housekeeping->look_at_catalog());
    return false;
  };
  const auto ask_store = [this]() -> Result<bool> {
    TRY(store->probe());
    return false;
  };
  const auto ingest = [this]() -> Result<bool> {
    TRY(database->admit());
    return ingestor->pass();
  };
  const auto probe_ingest = [this, probe]() -> Result<> {
    TRY(probe());
    return ingestor->probe();
  };
  const auto erase = [this]() -> Result<bool> {
    const std::optional<MicrosUtc> now = TRY(clock_trust->time());
    const bool more = TRY(ingest::remove_erased(*database, *store, now.value_or(0), metrics));
    return TRY(manifest_sweep->pass()) || more;
  };
  catalog_watch.emplace(worker("catalog", 3s, ask_catalog, [this] { return database->probe(); }));
  store_watch.emplace(lane::Worker::Options{"store", 10s, ask_store, [this] { return store->probe(); }});
  intake_watch.emplace(*inbox, clock);
  ingest_worker.emplace(worker("ingest", 500ms, ingest, probe_ingest));
  lane::Worker::Options settle = worker("settle", settler->pace(), [this] { return settler->pass(); }, probe);
  settle.rest_most = settle_rest_most;
  settle_worker.emplace(std::move(settle));
  erase_worker.emplace(worker("erase", 10s, erase, probe));
  housekeeping_worker.emplace(worker("housekeeping", 10s, [this] { return housekeeping->pass(); }, probe));

  const auto written = [this](Topic topic) {
    if (outlets) outlets->nudge(topic);
    api->on_events();
    api->on_progress();
  };
  inbox->on_kept([this] { ingest_worker->nudge(); });
  ingestor->on_recorded([this](std::size_t) {
    if (settler->is_prompt()) settle_worker->nudge();
  });
  settler->on_published([written] { written(Topic::metadata); });
  burials->on_buried([written] { written(Topic::dead_letters); });
}

/// Of one that needs the catalog: while that is shut, the gate tells why, once for all.
lane::Worker::Options Gateway::State::worker(std::string name, std::chrono::milliseconds interval,
                                             std::function<Result<bool>()> pass, std::function<Result<>()> probe) {
  return {.name = std::move(name),
          .interval = interval,
          .pass = std::move(pass),
          .probe = std::move(probe),
          .has_told = [this] { return !database->state().open; }};
}

Result<> Gateway::State::listen(Listening where) {
  std::error_code untold;  // a folder that cannot be made is told by the socket that cannot be bound
  std::filesystem::create_directories(settings.http.control_socket.parent_path(), untold);
  http::ServerOptions options;
  if (where == Listening::everywhere) options.tcp = {{settings.http.bind, settings.http.port}};
  options.hosts = settings.http.hosts;
  options.unix_socket = settings.http.control_socket;
  options.unix_socket_optional = where == Listening::everywhere;
  options.uploads_max = settings.http.uploads;
  options.observe = [this](const http::Served& served) { (*observer)(served); };
  std::vector<http::Route> routes = api->routes();
  std::ranges::move(doors->routes(), std::back_inserter(routes));
  server = TRY(http::Server::start(std::move(options), http::Router(std::move(routes))));
  if (const std::optional<Error>& refused = server->unix_socket_refused())
    log::warning("no_control_socket", refused->what + ": commands on this machine need --url, or set CONTROL_SOCKET");
  if (settings.http.metrics_port) {
    http::ServerOptions beside;
    beside.tcp = {{settings.http.bind, *settings.http.metrics_port}};
    beside.hosts = settings.http.hosts;
    beside.io_threads = 1;
    beside.workers = 1;
    std::vector<http::Route> metrics_only = api->routes();
    std::erase_if(metrics_only,
                  [](const http::Route& route) { return route.path != "/metrics" && route.path != "/health"; });
    metrics_server = TRY(http::Server::start(std::move(beside), http::Router(std::move(metrics_only))));
  }
  return {};
}

std::vector<api::PartState> Gateway::State::readiness() const {
  const std::optional<sources::OrthancState> source = orthanc ? std::optional(orthanc->state()) : std::nullopt;
  lane::Worker::State watch = catalog_watch->state();
  if (const catalog::Gate::State gate = database->state(); !gate.open && watch.well())
    watch = {.paused = true, .since = began, .reason = gate.reason};
  std::vector<api::PartState> parts =
      part_states({.catalog = watch,
                   .store = store_watch->state(),
                   .lanes = {{"ingest", ingest_worker->state(), ingestor->aside().state()},
                             {"settle", settle_worker->state(), settler->aside().state()},
                             {"erase", erase_worker->state()},
                             {"housekeeping", housekeeping_worker->state()}},
                   .inbox_fill = inbox->fill(),
                   .intake = intake_watch->refusal(),
                   .recovering = inbox->recovering(),
                   .relays = outlets ? outlets->states() : std::vector<events::Relay::State>(),
                   .orthanc = source,
                   .refused = ingestor->refusal().value_or(""),
                   .stranded = housekeeping->stranded(),
                   .now = clock.now()});
  std::ranges::move(doors->states(), std::back_inserter(parts));
  return parts;
}

Gateway::Gateway(std::unique_ptr<State> state) : state_(std::move(state)) {}
Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::open(const config::Settings& settings, const Opening& opening) {
  auto state = std::make_unique<State>();
  state->settings = settings;
  TRY(state->open(opening));
  return std::unique_ptr<Gateway>(new Gateway(std::move(state)));
}

void Gateway::watch() {
  state_->catalog_watch->start();
  state_->store_watch->start();
  state_->intake_watch->start();
}

Result<> Gateway::start(Listening where) {
  state_->ingest_worker->start();
  state_->settle_worker->start();
  state_->erase_worker->start();
  state_->housekeeping_worker->start();
  if (state_->outlets) state_->outlets->start();
  if (state_->orthanc) state_->orthanc->start();
  Result<> opened = where == Listening::everywhere ? state_->doors->start() : Result<>();
  if (opened) opened = state_->listen(where);
  // What runs already nudges what would be destroyed before it.
  if (!opened) stop(std::chrono::milliseconds(0));
  return opened;
}

/// Ways in first, then what carries on with what came in, then the ways out. When a step has used up the patience of
/// all, the database is given up, and with it what could still be handed over: leases end by themselves.
void Gateway::stop(std::chrono::milliseconds patience) {
  State& state = *state_;
  state.stopping = true;
  const Monotonic deadline = state.clock.monotonic() + patience;
  // Of a catalog that was never open there is nothing to hand over.
  state.database->end_waits_at(state.database->schema() ? deadline : state.clock.monotonic());
  const auto share = [&] {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - state.clock.monotonic());
    return std::max(answer_patience, std::min(left, patience / 4));
  };
  state.doors->stop(share());
  if (state.orthanc) state.orthanc->stop(share());
  if (state.server) state.server->stop(share());
  if (state.metrics_server) state.metrics_server->stop(std::chrono::milliseconds(0));
  state.catalog_watch->stop();
  state.store_watch->stop();
  state.intake_watch->stop();
  state.ingest_worker->stop();
  state.settle_worker->stop();
  state.erase_worker->stop();
  if (state.outlets) state.outlets->stop(share());
  state.housekeeping_worker->stop();
  if (!state.database->admit()) return;  // nothing was led, and nobody would hear it
  if (const Result<> resigned = state.settler->resign(); !resigned)
    log::warning("resign_failed", resigned.error().message());
  if (!state.housekeeping_worker->state().well()) return;  // nobody would hear it
  if (const Result<> told = state.housekeeping->farewell(); !told)
    log::warning("heartbeat_failed", told.error().message());
}

std::vector<api::PartState> Gateway::readiness() const {
  return state_->readiness();
}
Result<> Gateway::open_catalog() {
  return state_->database->probe();
}
catalog::Gate::State Gateway::catalog_state() const {
  return state_->database->state();
}
std::optional<Error> Gateway::store_refused() const {
  if (!state_->store_refused) return std::nullopt;
  return Error{Errc::conflict, state_->database->state().reason, {}};
}

std::optional<catalog::SchemaState> Gateway::schema() const {
  return state_->database->schema();
}
void Gateway::change_settling(const config::Settle& settle) {
  state_->settler->change_rules(settle_rules(settle));
  state_->settle_worker->nudge();
}
bool Gateway::has_control_socket() const {
  return !state_->server->unix_socket_refused();
}
std::uint16_t Gateway::http_port() const {
  return state_->server->ports().at(0);
}
Result<std::optional<std::uint64_t>> Gateway::free_bytes() const {
  return state_->store->free_bytes();
}

std::optional<Result<sources::OrthancSize>> Gateway::orthanc_size() const {
  if (!state_->orthanc) return std::nullopt;
  return state_->orthanc->size(std::chrono::milliseconds(500));
}

Result<std::int64_t> Gateway::study_count() const {
  return TRY(state_->database->read("select count(*) from studies")).at(0).integer(0);
}

}  // namespace dmw::app
