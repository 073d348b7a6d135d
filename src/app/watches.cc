#include "app/watches.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <utility>

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

std::optional<std::uint64_t> free_in(const std::filesystem::path& directory) {
  std::error_code failed;
  const std::filesystem::space_info space = std::filesystem::space(directory.empty() ? "." : directory, failed);
  return failed ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

/// NaN where it is not known.
void tell_free(Gauge& gauge, std::optional<std::uint64_t> bytes) {
  gauge.set(bytes ? static_cast<double>(*bytes) : std::nan(""));
}

/// Asks and does nothing else. Another server's disk is not ours to measure.
std::function<Result<bool>()> asking_catalog(Foundation& ground, std::function<Result<>()> look, Family<Gauge>& free) {
  const config::DatabaseUrl& url = ground.settings().catalog.database;
  const bool is_file = url.kind == config::DatabaseUrl::Kind::sqlite;
  Gauge* const gauge = is_file ? &free.with({{"volume", "catalog"}}) : nullptr;
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

Watches::Watches(Foundation& ground, std::function<Result<>()> look_at_catalog)
    : gate_(ground.catalog()),
      began_(ground.clock().now()),
      free_bytes_(ground.metrics().gauges("dicom_middleware_volume_free_bytes",
                                          "Free bytes on the disk of the inbox, the store, an SQLite catalog")),
      catalog_({.name = "catalog",
                .interval = 3s,
                .pass = asking_catalog(ground, std::move(look_at_catalog), free_bytes_),
                .probe = [&gate = ground.catalog()] { return gate.probe(); }}),
      store_({.name = "store",
              .interval = 10s,
              .pass = asking_store(ground.store(), free_bytes_.with({{"volume", "store"}})),
              .probe = [&store = ground.store()] { return store.probe(); }}),
      intake_(ground.inbox(), ground.clock(),
              [&free = free_bytes_.with({{"volume", "inbox"}}), directory = ground.inbox().directory()] {
                tell_free(free, free_in(directory));
              }) {}

void Watches::start() {
  catalog_.start();
  store_.start();
  intake_.start();
}

void Watches::stop() {
  catalog_.stop();
  store_.stop();
  intake_.stop();
}

lane::Worker::State Watches::catalog() const {
  lane::Worker::State watch = catalog_.state();
  if (const catalog::Gate::State gate = gate_.state(); !gate.open && watch.well())
    watch = {.paused = true, .since = began_, .reason = gate.reason};
  return watch;
}

}  // namespace dmw::app
