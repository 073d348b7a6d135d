#include "ingest/removal.h"

#include "base/log.h"
#include "catalog/erasing.h"

namespace dmw::ingest {
namespace {

/// Few, for their rows stay locked while they go.
constexpr std::size_t objects_at_once = 32;

}  // namespace

Result<bool> remove_erased(db::Database& database, store::ObjectStore& store, const Clock& clock) {
  const std::size_t removed = TRY(catalog::remove_erased(database, clock.now(), objects_at_once,
                                                         [&](const ObjectKey& key) { return store.remove(key); }));
  if (removed > 0) log::info("objects_erased", "", {{"objects", static_cast<std::int64_t>(removed)}});
  return removed == objects_at_once;
}

}  // namespace dmw::ingest
