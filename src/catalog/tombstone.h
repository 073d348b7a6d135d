// Tombstone: the remains of an erased study. Used by the sources of this room that erase.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "db/database.h"
#include "model/object_key.h"

namespace dmw::catalog {

/// Deletes versions, series, the dirty mark, and the notes about what sources have.
Result<> delete_rows_of(db::Transaction& transaction, std::int64_t study_id);
/// Makes the study's row a tombstone: without patient data, with the revision of the erasure.
Result<> make_tombstone(db::Transaction& transaction, std::int64_t study_id, int erased_revision, MicrosUtc now);
/// Schedules objects for removal: after the erasure of that revision is published, and not before `due_at`.
Result<> condemn(db::Transaction& transaction, std::span<const ObjectKey> objects, std::int64_t study_id,
                 int erased_revision, MicrosUtc due_at);

}  // namespace dmw::catalog
