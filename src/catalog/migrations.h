// Brings a database to the schema of this program. Migrations are numbered and forward only; each is one transaction,
// so a kill in the middle leaves the step before or the step after.
#pragma once

#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "db/database.h"

namespace dmw::catalog {

struct SchemaState {
  int schema = 0;   // the newest migration that is in force
  Uuid catalog_id;  // random, made once: the name space of event and dead letter ids
};

/// The number of the newest migration that this program has.
int newest_schema();

/// What an older program says of a catalog with schema `found`: conflict.
std::unexpected<Error> newer_schema(int found);

/// Runs what is missing, one process at a time. A table `studies` of the predecessor is upgraded in place.
/// Errors: conflict (the database has a newer schema than this program: use the newer program), and those of the
/// database.
Result<SchemaState> migrate(db::Database& database);
/// The same, no further than to `schema`: as an older program leaves its database.
Result<SchemaState> migrate(db::Database& database, int schema);

/// Every migration, one after the other, in a transaction of the caller's: to see whether they would run.
Result<> run_all(db::Transaction& transaction, db::Engine engine);

}  // namespace dmw::catalog
