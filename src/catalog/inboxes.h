// Inboxes: one heartbeat row for each replica, with the number of items in its inbox, so that other replicas can report
// an inbox whose replica is silent. The number is that of the last heartbeat. Once the replica is silent, it is
// unknown.
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
  bool is_final = false;  // the replica has ended and accepts nothing more
};

Result<> beat(db::Database& database, const InboxHeartbeat& inbox);
/// The inboxes whose replica was silent for two minutes, and which have items or an unknown number of items.
Result<std::vector<InboxHeartbeat>> stranded_inboxes(db::Database& database);

}  // namespace dmw::catalog
