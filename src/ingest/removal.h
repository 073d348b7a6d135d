// What goes from the store: objects of erased studies once their time has come, and manifests that no revision names.
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

/// The last step of an erasure. One thread. Idempotent: what a crash left half done is done again. An object that
/// cannot be removed while the store is well is told at WARN, counted, and tried again later; the others go on.
class Removal {
 public:
  Removal(db::Database& database, store::ObjectStore& store, Metrics& metrics);

  /// Some at once; true when there may be more.
  /// `now`: a time that is believed (catalog::ClockTrust), or 0: then only what had no grace goes.
  /// Errors: the store is away; those of the database as a whole; and, once all others are through, that of the first
  /// row that the database does not let go.
  Result<bool> pass(MicrosUtc now);

 private:
  db::Database& database_;
  store::ObjectStore& store_;
  Gauge& postponed_;
  catalog::RemovalPlace after_;  // the last that was tried in this round, which ends behind the last of all
  std::optional<Error> why_;     // of the first that was refused in it
};

/// Both, each as a step of its own. One thread; aside() may be asked by any.
class Clearing {
 public:
  /// `holder`: as of ManifestSweep.
  Clearing(std::string holder, db::Database& database, store::ObjectStore& store, catalog::ClockTrust& trust,
           const Clock& clock, Metrics& metrics);

  /// True when there is more at once. Errors: the store or the database is away.
  Result<bool> pass();
  const lane::Aside& aside() const { return steps_.aside(); }

 private:
  catalog::ClockTrust& trust_;
  Removal removal_;
  care::ManifestSweep sweep_;
  lane::Steps steps_;
};

}  // namespace dmw::ingest
