#include "app/watches.h"

#include <chrono>
#include <utility>

#include "app/pipeline.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

/// A worker that asks and does nothing else.
std::function<Result<bool>()> asking(std::function<Result<>()> ask) {
  return [ask = std::move(ask)]() -> Result<bool> {
    TRY(ask());
    return false;
  };
}

}  // namespace

Watches::Watches(Foundation& ground, std::function<Result<>()> look_at_catalog)
    : gate_(ground.catalog()),
      began_(ground.clock().now()),
      catalog_(catalog_worker(gate_, "catalog", 3s,
                              asking([&gate = ground.catalog(), look = std::move(look_at_catalog)]() -> Result<> {
                                TRY(gate.probe());
                                return look();
                              }),
                              [&gate = ground.catalog()] { return gate.probe(); })),
      store_({.name = "store",
              .interval = 10s,
              .pass = asking([&store = ground.store()] { return store.probe(); }),
              .probe = [&store = ground.store()] { return store.probe(); }}),
      intake_(ground.inbox(), ground.clock()) {}

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
