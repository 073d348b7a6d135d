// What a catalog says of itself: to which store it belongs and how far it has come. For a start that compares the two.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/uuid.h"
#include "db/database.h"

namespace dmw::catalog {

struct CatalogStanding {
  std::optional<std::string> store_id;  // that it belongs to; nothing before its first start
  std::optional<Uuid> catalog_id;       // nothing where it has no tables yet
  std::int64_t position = 0;            // of its newest event
  std::int64_t settler_epoch = 0;
  std::int64_t turn = 0;            // as take_turn() has counted
  std::int64_t newest_version = 0;  // the highest id of a version: rises with what is recorded
  bool adopting = false;            // an adoption of the store was begun and is not finished
};

/// Changes nothing. Errors: those of the database.
Result<CatalogStanding> read_standing(db::Database& database);

/// Counts on, durably, and returns the number. Whoever writes it beside the store before it publishes can tell a copy
/// of the catalog from before. `last`: what the same program counted last, 0 at first. Errors: stale (another settler
/// leads), conflict (the catalog has not counted so far: went_back()), those of the database.
Result<std::int64_t> take_turn(db::Database& database, std::int64_t epoch, std::int64_t last);
/// Of a catalog that was replaced by an older copy of itself under this program.
std::unexpected<Error> went_back();

/// Keeps `store_id` at the first call. Errors: conflict (this catalog belongs to another store).
Result<> bind_store(db::Database& database, const std::string& store_id, const std::string& objects_uri = "");

}  // namespace dmw::catalog
