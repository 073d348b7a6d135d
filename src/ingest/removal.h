// The last step of an erasure: objects go once their time has come.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "db/database.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// Some at once; true when there may be more. Idempotent: what a crash left half done is done again. An object that
/// cannot be removed while the store is well is told at WARN, counted, and tried again later; the others go on.
/// `now`: a time that is believed (catalog::ClockTrust), or 0: then only what had no grace goes.
/// Errors: the store is away, and those of the database.
Result<bool> remove_erased(db::Database& database, store::ObjectStore& store, MicrosUtc now, Metrics& metrics);

}  // namespace dmw::ingest
