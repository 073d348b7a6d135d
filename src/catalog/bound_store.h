// Which store the catalog belongs to, asked before that is opened: one that is not there must not be made anew.
#pragma once

#include <string>

#include "base/result.h"
#include "db/database.h"

namespace dmw::catalog {

/// Its identifier; empty while the catalog belongs to none. Errors: those of the database, also while it has no tables.
Result<std::string> bound_store(db::Database& database);

}  // namespace dmw::catalog
