// Which inboxes there are, and how full: a heartbeat row a replica, so that one that is silent with items in it is
// told. While a replica runs its number is what it had at its last heartbeat, and unknown once it is silent.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"

namespace dmw::catalog {

struct InboxHeartbeat {
  std::string replica_id;
  std::string host;
  std::string directory;
  std::int64_t items = 0;
  std::int64_t bytes = 0;
  bool is_final = false;  // it has ended, and takes nothing more
};

Result<> beat(db::Database& database, const InboxHeartbeat& inbox);
/// Those that were silent for two minutes, and have items or ended without a word of how many.
Result<std::vector<InboxHeartbeat>> stranded_inboxes(db::Database& database);

}  // namespace dmw::catalog
