// Sessions: where instances, and what people changed, came from.
#pragma once

#include <span>

#include "db/database.h"
#include "model/session.h"

namespace dmw::catalog {

/// Writes those that are not there yet; each id once.
Result<> add_sessions(db::Transaction& transaction, std::span<const Session* const> sessions);

}  // namespace dmw::catalog
