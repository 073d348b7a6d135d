// Sessions: the origin of instances and of the decisions of people.
#pragma once

#include <span>

#include "db/database.h"
#include "model/session.h"

namespace dmw::catalog {

/// Writes the sessions that are not in the catalog yet. Each id at most once in the list.
Result<> add_sessions(db::Transaction& transaction, std::span<const Session* const> sessions);

}  // namespace dmw::catalog
