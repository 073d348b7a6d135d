// The mark of a study that something of it is still to be published.
#pragma once

#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// `upsert` inserts a row of `settling` for each of the batch, which has the column study_id, or adds 1 to the activity
/// of the row that is there; $1 is `now`. The settler compares activities: a change without a new one would never be
/// published. Errors: refused (one is as it was), and those of the database.
Result<> raise_activity(db::Transaction& transaction, std::string_view upsert, const db::Batch& rows, MicrosUtc now);

}  // namespace dmw::catalog
