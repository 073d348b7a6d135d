// Whether a catalog and a store are of one installation. A catalog that does not know what the store holds would begin
// its revisions and event positions at 1 again, and readers that keep the highest would ignore all that follows.
#pragma once

#include <cstdint>
#include <string>

#include "base/uuid.h"
#include "db/database.h"
#include "store/object_store.h"

namespace dmw::care {

enum class Belonging {
  yes,
  both_new,     ///< neither has been used: they belong together from the first start on
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

/// Changes nothing; other processes may use both. `database` may be without tables, or null where there is none yet.
/// Errors: those of the store and the database.
Result<BelongingFound> look_at_belonging(db::Database* database, store::ObjectStore& store);

/// For a start: the two belong together when it returns. Errors: conflict (they do not, and what to do), and those of
/// the store and the database.
Result<> bind(db::Database& database, store::ObjectStore& store);

/// For a settler that begins to lead: nobody has led with this store and a newer catalog. Errors: conflict (somebody
/// has: what is published now would be overtaken already), and those of the store and the database.
Result<> may_lead(db::Database& database, store::ObjectStore& store, const Uuid& catalog_id, std::int64_t epoch);

/// Whether anything lies in the store that a catalog would have to know of.
Result<bool> is_used(store::ObjectStore& store);

}  // namespace dmw::care
