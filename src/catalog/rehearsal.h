// Rehearsal: writes correct data and rolls it back. If the database refuses it, it refuses everything: this is an
// outage of the catalog, not a fault of an instance or a study.
#pragma once

#include <functional>
#include <string_view>

#include "db/database.h"

namespace dmw::catalog {

/// Runs `act` in a transaction that is rolled back. `what`: the thing that it writes, for the sentence ("an instance").
/// Errors: unavailable (refused; the sentence names the table and the rule), and those of the database.
Result<> rehearse(db::Database& database, std::string_view what,
                  const std::function<Result<>(db::Transaction& transaction)>& act);

}  // namespace dmw::catalog
