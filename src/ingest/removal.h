// Removal from the store: objects of erased studies after DELETE_GRACE, and manifests that no revision names.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "care/manifest_sweep.h"
#include "catalog/clock_trust.h"
#include "catalog/erasing.h"
#include "db/database.h"
#include "lane/steps.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// Removal: the last step of an erasure. One thread. Idempotent: after a crash it is repeated. An object that cannot be
/// removed although the store works is logged at WARN, counted, and tried again later; the others are removed.
class Removal {
 public:
  Removal(db::Database& database, store::ObjectStore& store, Metrics& metrics);

  /// Removes some objects; returns true if there may be more. `now`: the trusted time (catalog::ClockTrust), or 0: then
  /// only objects without a grace period are removed. Errors: the store is unavailable; those of the database as a
  /// whole; and, after all others, the error of the first row that the database refuses to delete.
  Result<bool> pass(MicrosUtc now);

 private:
  db::Database& database_;
  store::ObjectStore& store_;
  Gauge& postponed_;
  catalog::RemovalPlace after_;  // the last object that was tried in this round
  std::optional<Error> why_;     // error of the first refused one in this round
};

/// Clearing: runs both removals as independent steps. One thread; aside() may be called by any thread.
class Clearing {
 public:
  /// `holder`: as for ManifestSweep.
  Clearing(std::string holder, db::Database& database, store::ObjectStore& store, catalog::ClockTrust& trust,
           const Clock& clock, Metrics& metrics);

  /// Returns true if there is more work at once. Errors: the store or the database is unavailable.
  Result<bool> pass();
  const lane::Aside& aside() const { return steps_.aside(); }

 private:
  catalog::ClockTrust& trust_;
  Removal removal_;
  care::ManifestSweep sweep_;
  lane::Steps steps_;
};

}  // namespace dmw::ingest
