#include "catalog/inboxes.h"

#include "catalog/writes.h"

namespace dmw::catalog {

Result<> beat(db::Database& database, const InboxHeartbeat& inbox) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(write_one(transaction, "inboxes",
                  "insert into inboxes(replica_id, host, directory, items, bytes, is_final, heartbeat_at) values "
                  "($1, $2, $3, $4, $5, $6, {now}) "
                  "on conflict(replica_id) do update set host = excluded.host, directory = excluded.directory, "
                  "items = excluded.items, "
                  "bytes = excluded.bytes, is_final = excluded.is_final, heartbeat_at = excluded.heartbeat_at",
                  {inbox.replica_id, inbox.host, inbox.directory, inbox.items, inbox.bytes, inbox.is_final}));
    return {};
  });
}

Result<std::vector<InboxHeartbeat>> stranded_inboxes(db::Database& database) {
  const db::Rows rows =
      TRY(database.read("select replica_id, host, directory, items, bytes, is_final from inboxes where (items > 0 or "
                        "not is_final) and heartbeat_at < {now} - 120000000 "
                        "order by replica_id"));
  std::vector<InboxHeartbeat> stranded;
  for (const db::Row& row : rows) {
    stranded.push_back(
        InboxHeartbeat{row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.boolean(5)});
  }
  return stranded;
}

}  // namespace dmw::catalog
