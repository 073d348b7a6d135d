// Stock: the files of a spool, compared with the rows of its database. It changes nothing; the start acts on the
// result, and `doctor` reports it.
#pragma once

#include <filesystem>
#include <unordered_map>
#include <vector>

#include "db/database.h"
#include "inbox/item_rows.h"
#include "inbox/spool_directory.h"

namespace dmw::inbox {

struct Stock {
  std::unordered_map<SessionId, std::uint64_t> live;  // sessions with rows, and their number of items
  std::uint64_t items = 0;                            // rows
  std::uint64_t bytes = 0;                            // of the rows
  std::vector<ItemSummary>
      never_kept;  // rows whose file still has its unfinished name: the power went before the fsync
  std::vector<ItemSummary> without_file;  // other rows whose file is gone
  std::vector<SpoolEntry> without_row;    // complete according to their names, perhaps acknowledged; oldest first
  std::vector<SpoolEntry> leavings;       // never acknowledged, or finished: may be deleted
  std::vector<SpoolEntry> strange;        // files that this program did not create
};

/// `database` may be null; there are then no rows. Errors: internal, those of db.
Result<Stock> take_stock(db::Database* database, const std::filesystem::path& spool);

}  // namespace dmw::inbox
