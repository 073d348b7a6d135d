#include "catalog/activity.h"

#include <map>
#include <string>

#include "catalog/writes.h"

namespace dmw::catalog {

Result<> raise_activity(db::Transaction& transaction, std::string_view upsert, const db::Batch& rows, MicrosUtc now) {
  if (rows.empty()) return {};
  std::map<std::int64_t, std::int64_t> before;
  for (const db::Row& row :
       TRY(transaction.bulk("select study_id, activity from settling where study_id = {any study_id}", rows)))
    before[row.integer(0)] = row.integer(1);
  const db::Rows after =
      TRY(write_all(transaction, "settling", std::string(upsert) + " returning study_id, activity", rows, {now}));
  for (const db::Row& row : after) {
    if (row.integer(1) <= before[row.integer(0)]) return std::unexpected(change_dropped("settling"));
  }
  return {};
}

}  // namespace dmw::catalog
