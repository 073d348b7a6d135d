// A rehearsal: whether the catalog takes something with which nothing is wrong. What it refuses then it refuses to all:
// that is an outage of the catalog, and no fault of an instance or a study.
#pragma once

#include <functional>
#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// Runs `act` in a transaction that is rolled back. `what`: it writes this, to a person ("an instance"). Errors:
/// unavailable (it is refused, in words that name the table and the rule), and those of the database.
Result<> rehearse(db::Database& database, std::string_view what,
                  const std::function<Result<>(db::Transaction& transaction)>& act);

}  // namespace dmw::catalog
