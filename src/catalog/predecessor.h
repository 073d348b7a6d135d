// The database of the proof of concept before and after its upgrade in place: its content, and whether the upgrade will
// work. Nothing of it is changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/database.h"

namespace dmw::catalog {

struct Predecessor {
  bool upgraded = false;        // this program was here before
  std::int64_t rows = 0;        // of its table studies for which no instance came yet
  std::int64_t odd_uids = 0;    // of these: with something else than digits and dots in the Study Instance UID
  std::int64_t size_bytes = 0;  // of the table with its indexes; PostgreSQL only
};

/// Nothing if there is no table `studies`.
Result<std::optional<Predecessor>> look_at_predecessor(db::Database& database);

/// Tries the upgrade on an empty copy of the tables and writes a study into it. All of that is undone.
/// `scratch`: an empty SQLite database for the copy; PostgreSQL takes a transaction that is rolled back.
/// Returns one sentence for each obstacle to the upgrade; none if it works. Errors: unauthorized (it could not be
/// tried, because this user may not create temporary tables in PostgreSQL).
Result<std::vector<std::string>> rehearse_upgrade(db::Database& database, db::Database* scratch);

}  // namespace dmw::catalog
