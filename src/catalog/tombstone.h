// What an erasure leaves of a study, for those in this room who make one.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "db/database.h"
#include "model/object_key.h"

namespace dmw::catalog {

/// Versions, series, what is dirty, and what sources are known to have had.
Result<> delete_rows_of(db::Transaction& transaction, std::int64_t study_id);
/// The study's row from now on: nothing of a patient, and the revision that tells of the erasure.
Result<> make_tombstone(db::Transaction& transaction, std::int64_t study_id, int erased_revision, MicrosUtc now);
/// The objects go with the erasure of that revision, when it is published and `due_at` has come.
Result<> condemn(db::Transaction& transaction, std::span<const ObjectKey> objects, std::int64_t study_id,
                 int erased_revision, MicrosUtc due_at);

}  // namespace dmw::catalog
