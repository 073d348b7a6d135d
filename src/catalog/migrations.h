// Migrations: bring a database to the schema of this program. They are numbered and go forward only. Each is one
// transaction, so after a kill the database has the schema before or after it.
#pragma once

#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "db/database.h"

namespace dmw::catalog {

struct SchemaState {
  int schema = 0;   // the newest applied migration
  Uuid catalog_id;  // random, made once; the name space of the ids of events and dead letters
};

/// The number of the newest migration that this program has.
int newest_schema();

/// The error of a program that is older than the catalog's schema `found`: conflict.
std::unexpected<Error> newer_schema(int found);

/// Runs the missing migrations, one process at a time. A table `studies` of the predecessor is upgraded in place.
/// Errors: conflict (the database has a newer schema than this program: use the newer program), and those of the
/// database.
Result<SchemaState> migrate(db::Database& database);
/// The same, up to `schema`, to get the database of an older program.
Result<SchemaState> migrate(db::Database& database, int schema);

/// Runs every migration in a transaction of the caller, to find out whether they succeed.
Result<> run_all(db::Transaction& transaction, db::Engine engine);

}  // namespace dmw::catalog
