#include "app/watches.h"

#include <chrono>
#include <utility>

#include "app/backends.h"
#include "app/free_bytes.h"
#include "base/format.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

/// A part that does not answer for this time counts as hanging; its worker learns it only after its own timeout.
constexpr std::chrono::seconds silence_most{5};
constexpr double gib = 1024.0 * 1024.0 * 1024.0;

bool is_file(const config::DatabaseUrl& url) {
  return url.kind == config::DatabaseUrl::Kind::sqlite;
}
std::string address_of(const config::DatabaseUrl& url) {
  return is_file(url) ? url.path.string() : config::without_password(url.url.reveal());
}

/// Probes the catalog. The free space is measured for SQLite only, not for another server.
std::function<Result<bool>()> asking_catalog(Foundation& ground, std::function<Result<>()> look) {
  const config::DatabaseUrl& url = ground.settings().catalog.database;
  Gauge* const gauge = is_file(url) ? &free_bytes_of(ground.metrics(), "catalog") : nullptr;
  return [&catalog = ground.catalog(), look = std::move(look), directory = url.path.parent_path(),
          gauge]() -> Result<bool> {
    if (gauge != nullptr) tell_free(*gauge, free_in(directory));
    TRY(catalog.probe());
    TRY(look());
    return false;
  };
}

std::function<Result<bool>()> asking_store(store::ObjectStore& store, Gauge& free) {
  return [&store, &free]() -> Result<bool> {
    tell_free(free, store.free_bytes().value_or(std::nullopt));
    TRY(store.probe());
    return false;
  };
}

}  // namespace

PartState watched(const std::string& name, const std::string& asked, const lane::Worker::State& watch, MicrosUtc now) {
  if (!watch.well())
    return {.name = name, .state = PartState::State::degraded, .reason = watch.reason, .since = watch.since};
  if (watch.busy < silence_most) return {.name = name};
  return {.name = name,
          .state = PartState::State::degraded,
          .reason = format("{} has not answered for {} s; waiting for it", asked, silence_most.count()),
          .since = now - std::chrono::microseconds(watch.busy).count()};
}

CatalogWatch::CatalogWatch(Foundation& ground, std::function<Result<>()> look)
    : Part({.name = "catalog", .kind = PartKind::watch}),
      ground_(ground),
      asked_(format("{} at {}", is_file(ground.settings().catalog.database) ? "SQLite" : "PostgreSQL",
                    address_of(ground.settings().catalog.database))),
      began_(ground.clock().now()),
      worker_({.name = "catalog",
               .interval = 3s,
               .pass = asking_catalog(ground, std::move(look)),
               .probe = [&gate = ground.catalog()] { return gate.probe(); }},
              ground.clock()) {}

Result<> CatalogWatch::start() {
  worker_.start();
  return {};
}

void CatalogWatch::stop(std::chrono::milliseconds /*patience*/) {
  worker_.stop();
}

PartState CatalogWatch::state() const {
  const lane::Worker::State watch = worker_.state();
  if (const catalog::Gate::State gate = ground_.catalog().state(); !gate.open && watch.well())
    return degraded(gate.reason, began_);
  return watched(name(), asked_, watch, ground_.clock().now());
}

std::optional<PartSummary> CatalogWatch::summary(const SummaryOrder& /*order*/) const {
  PartSummary summary{.title = name(),
                      .kind = std::string(engine_name(ground_.settings())),
                      .what = address_of(ground_.settings().catalog.database)};
  const std::optional<catalog::SchemaState> schema = ground_.catalog().schema();
  if (!schema) {
    const std::string reason = ground_.catalog().state().reason;
    summary.more = format("not open yet{}{}; received files are kept while the inbox has space",
                          reason.empty() ? "" : ": ", reason);
    return summary;
  }
  const Result<db::Rows> studies = ground_.catalog().read("select count(*) from studies");
  const std::string count = studies ? format("{}", studies->at(0).integer(0)) : "?";
  summary.more = format("schema {}, {} {}", schema->schema, count, count == "1" ? "study" : "studies");
  return summary;
}

StoreWatch::StoreWatch(Foundation& ground)
    : Part({.name = "store", .kind = PartKind::watch, .retries = true}),
      ground_(ground),
      worker_({.name = "store",
               .interval = 10s,
               .pass = asking_store(ground.store(), free_bytes_of(ground.metrics(), "store")),
               .probe = [&store = ground.store()] { return store.probe(); }},
              ground.clock()) {}

Result<> StoreWatch::start() {
  worker_.start();
  return {};
}

void StoreWatch::stop(std::chrono::milliseconds /*patience*/) {
  worker_.stop();
}

PartState StoreWatch::state() const {
  return watched(name(), "the volume of " + ground_.settings().storage.path.string(), worker_.state(),
                 ground_.clock().now());
}

std::optional<PartSummary> StoreWatch::summary(const SummaryOrder& /*order*/) const {
  const config::Settings& settings = ground_.settings();
  PartSummary summary{
      .title = name(), .kind = std::string(store_name(settings)), .what = settings.storage.path.string()};
  const Result<std::optional<std::uint64_t>> free = ground_.store().free_bytes();
  if (free && *free) {
    summary.more = format("{:.0f} GiB free, files are refused below {:.0f} GiB", static_cast<double>(**free) / gib,
                          static_cast<double>(settings.inbox.disk_reserve_bytes) / gib);
  }
  return summary;
}

}  // namespace dmw::app
