// Belonging: do a catalog and a store belong to one installation? A catalog that does not know the objects of the store
// would begin its revisions and event positions at 1 again. Consumers that keep the highest would ignore all later
// events.
#pragma once

#include <cstdint>
#include <string>

#include "base/uuid.h"
#include "db/database.h"
#include "store/object_store.h"

namespace dmw::care {

enum class Belonging {
  yes,
  both_new,     ///< neither has been used; the first start binds them
  catalog_new,  ///< the catalog is empty, the store is not
  catalog_old,  ///< an older copy of the catalog, or one that another catalog has replaced since
  unfinished,   ///< an adoption was begun and not finished
  foreign,      ///< the catalog belongs to another store
};

struct BelongingFound {
  Belonging kind = Belonging::yes;
  std::string why;     // in words, unless they belong together
  std::string advice;  // what to do then
};

/// Looks without a change; other processes may use both. `database` may have no tables, or be null if there is none
/// yet. Errors: those of the store and the database.
Result<BelongingFound> look_at_belonging(db::Database* database, store::ObjectStore& store);

/// For a start: binds an unused pair, and checks a used one. On success the two belong together. Errors: conflict (they
/// do not; the sentence says what to do), and those of the store and the database.
Result<> bind(db::Database& database, store::ObjectStore& store);

/// For a settler that begins to lead: checks that no other settler has led with this store and a newer catalog. Errors:
/// conflict (one has, so its revisions are higher than ours), and those of the store and the database.
Result<> may_lead(db::Database& database, store::ObjectStore& store, const Uuid& catalog_id, std::int64_t epoch);

/// True if the store has an object that a catalog must know.
Result<bool> is_used(store::ObjectStore& store);

}  // namespace dmw::care
