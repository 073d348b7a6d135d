// Standing: the store to which a catalog belongs, and its newest positions. A start compares it with the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/uuid.h"
#include "db/database.h"

namespace dmw::catalog {

struct CatalogStanding {
  std::optional<std::string> store_id;  // of its store; nothing before the first start
  std::optional<Uuid> catalog_id;       // nothing if it has no tables yet
  std::int64_t position = 0;            // of the newest event
  std::int64_t settler_epoch = 0;
  std::int64_t turn = 0;            // the last count of take_turn()
  std::int64_t newest_version = 0;  // the highest id of a version; rises with each recording
  bool adopting = false;            // an adoption of the store was begun and is not finished
};

/// Reads the standing. Errors: those of the database.
Result<CatalogStanding> read_standing(db::Database& database);

/// Raises the catalog's count by one, durably, and returns it. The settler writes it to the store before it publishes,
/// so that an older copy of the catalog can be recognised. `last`: the last count of this process, 0 at first. Errors:
/// stale (another settler leads), conflict (the catalog has not counted that far: went_back()), those of the database.
Result<std::int64_t> take_turn(db::Database& database, std::int64_t epoch, std::int64_t last);
/// The error of a catalog that was replaced by an older copy while the program runs.
std::unexpected<Error> went_back();

/// Binds the catalog to the store at the first call. Errors: conflict (it belongs to another store).
Result<> bind_store(db::Database& database, const std::string& store_id, const std::string& objects_uri = "");

}  // namespace dmw::catalog
