// Which inboxes there are, and how full: a heartbeat row a replica, so that one that is silent with items in it is told
// (rule 13).
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
};

Result<> beat(db::Database& database, const InboxHeartbeat& inbox);
/// Those that have items and were silent for two minutes.
Result<std::vector<InboxHeartbeat>> stranded_inboxes(db::Database& database);

}  // namespace dmw::catalog
