// The objects that the catalog names as versions, and which the store must have.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "db/database.h"
#include "model/object_key.h"

namespace dmw::catalog {

struct NamedObject {
  std::int64_t version_id = 0;
  std::optional<ObjectKey> key;  ///< nothing if the row has no digest
};

/// A page of versions after `after_id`, up to `last_id`, by id; at most `limit`. Errors: those of the database.
Result<std::vector<NamedObject>> named_objects(db::Database& database, std::int64_t after_id, std::int64_t last_id,
                                               std::size_t limit);

}  // namespace dmw::catalog
