#include "ingest/removal.h"

#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::ingest {
namespace {

/// Few, because their rows are locked during the removal.
constexpr std::size_t objects_at_once = 32;

}  // namespace

Removal::Removal(db::Database& database, store::ObjectStore& store, Metrics& metrics)
    : database_(database),
      store_(store),
      postponed_(metrics.gauge("dicom_middleware_erased_objects_postponed",
                               "Objects of erased studies that could not be removed yet.")) {}

Result<bool> Removal::pass(MicrosUtc now) {
  bool store_is_well = false;
  const auto remove = [&](const ObjectKey& key) -> Result<std::optional<Error>> {
    const Result<> removed = store_.remove(key);
    if (removed) return std::nullopt;
    if (!store_is_well) TRY(store_.probe());
    store_is_well = true;
    return removed.error();
  };
  const catalog::Removals done = TRY(catalog::remove_erased(database_, now, objects_at_once, after_, remove));
  if (done.removed > 0)
    log::info("objects_erased", counted(done.removed, "object") + " of erased studies removed",
              {{"objects", static_cast<std::int64_t>(done.removed)}});
  for (const catalog::Removals::Postponed& one : done.postponed) {
    if (!one.is_news) continue;
    log::warning(
        "removal_postponed",
        format("{} of an erased study cannot be removed; retrying later: {}", one.key.get(), one.why.message()),
        {{"key", one.key.get()}, {"attempts", one.attempts}});
  }
  postponed_.set(static_cast<double>(TRY(catalog::count_postponed_removals(database_))));
  if (!done.refused.empty() && !why_) why_ = done.refused.front().second;
  const bool more = done.removed + done.postponed.size() + done.refused.size() == objects_at_once;
  after_ = more ? done.last.value() : catalog::RemovalPlace();
  if (more) return true;
  if (const std::optional<Error> why = std::exchange(why_, std::nullopt)) return std::unexpected(*why);
  return false;
}

Clearing::Clearing(std::string holder, db::Database& database, store::ObjectStore& store, catalog::ClockTrust& trust,
                   const Clock& clock, Metrics& metrics)
    : trust_(trust),
      removal_(database, store, metrics),
      sweep_(std::move(holder), database, store, clock),
      steps_(
          "erase",
          [&database, &store]() -> Result<> {
            TRY(database.probe());
            return store.probe();
          },
          clock, metrics) {}

Result<bool> Clearing::pass() {
  MicrosUtc now = 0;  // an age of 0 needs no clock
  TRY(steps_.run("the check of the clock", [&]() -> Result<bool> {
    now = TRY(trust_.time()).value_or(0);
    return false;
  }));
  const bool more = TRY(steps_.run("the removal of erased objects", [&] { return removal_.pass(now); }));
  return TRY(steps_.run("the removal of manifests that no revision names", [&] { return sweep_.pass(); })) || more;
}

}  // namespace dmw::ingest
