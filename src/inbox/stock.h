// What lies in a spool, held against the rows of its database. Only looks; the start acts on it, and so does `doctor`.
#pragma once

#include <filesystem>
#include <unordered_map>
#include <vector>

#include "db/database.h"
#include "inbox/item_rows.h"
#include "inbox/spool_directory.h"

namespace dmw::inbox {

struct Stock {
  std::unordered_map<SessionId, std::uint64_t> live;  // sessions with rows, and how many
  std::uint64_t items = 0;                            // rows
  std::uint64_t bytes = 0;                            // of the rows
  std::vector<ItemSummary>
      never_kept;  // rows whose file still has its unfinished name: the power went before the fsync
  std::vector<ItemSummary> without_file;  // other rows whose file is gone
  std::vector<SpoolEntry> without_row;    // whole, as their names say: perhaps acknowledged. The oldest first
  std::vector<SpoolEntry> leavings;       // never acknowledged, or finished: may go
  std::vector<SpoolEntry> strange;        // nothing that this program puts there
};

/// `database` may be null: no rows. Errors: internal, those of db.
Result<Stock> take_stock(db::Database* database, const std::filesystem::path& spool);

}  // namespace dmw::inbox
