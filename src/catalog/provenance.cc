#include "catalog/provenance.h"

#include "base/format.h"
#include "catalog/rows.h"

namespace dmw::catalog {

using db::Type;

Result<std::vector<std::optional<SessionId>>> first_sessions(db::Database& database,
                                                             std::span<const DatasetName> datasets) {
  db::Batch rows({{"ordinal", Type::integer},
                  {"study_uid", Type::text},
                  {"sop_uid", Type::text},
                  {"dataset_sha256", Type::bytes}});
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    rows.add({static_cast<std::int64_t>(i), datasets[i].study_uid.get(), datasets[i].sop_uid.get(),
              db::blob(datasets[i].dataset_sha256.view())});
  }
  std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  const db::Rows found = TRY(transaction->bulk(
      format("select b.ordinal, coalesce(c.session_id, o.session_id) from {}", known_datasets), rows));
  std::vector<std::optional<SessionId>> sessions(datasets.size());
  for (const db::Row& row : found) {
    if (!row.is_null(1)) sessions.at(static_cast<std::size_t>(row.integer(0))) = SessionId(row.integer(1));
  }
  return sessions;
}

}  // namespace dmw::catalog
