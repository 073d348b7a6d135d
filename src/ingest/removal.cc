#include "ingest/removal.h"

#include "base/format.h"
#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::ingest {
namespace {

/// Few, for their rows stay locked while they go.
constexpr std::size_t objects_at_once = 32;

}  // namespace

Result<bool> remove_erased(db::Database& database, store::ObjectStore& store, MicrosUtc now, Metrics& metrics) {
  bool store_is_well = false;
  const auto remove = [&](const ObjectKey& key) -> Result<std::optional<Error>> {
    const Result<> removed = store.remove(key);
    if (removed) return std::nullopt;
    if (!store_is_well) TRY(store.probe());
    store_is_well = true;
    return removed.error();
  };
  const catalog::Removals done = TRY(catalog::remove_erased(database, now, objects_at_once, remove));
  if (done.removed > 0)
    log::info("objects_erased", counted(done.removed, "object") + " of erased studies removed",
              {{"objects", static_cast<std::int64_t>(done.removed)}});
  for (const catalog::Removals::Postponed& one : done.postponed) {
    log::warning("removal_postponed",
                 format("{} of an erased study cannot be removed, and is tried again later: {}", one.key.get(),
                        one.why.message()),
                 {{"key", one.key.get()}, {"attempts", one.attempts}});
  }
  metrics.gauge("dicom_middleware_erased_objects_postponed", "Objects of erased studies that could not be removed yet.")
      .set(static_cast<double>(TRY(catalog::count_postponed_removals(database))));
  return done.removed + done.postponed.size() == objects_at_once;
}

}  // namespace dmw::ingest
