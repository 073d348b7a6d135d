#include "catalog/manifests.h"

#include "catalog/settling.h"

namespace dmw::catalog {

using db::Type;

Result<SettlerLead> settler_lead(db::Database& database) {
  const db::Rows rows = TRY(database.read("select epoch, holder from leaders where role = $1", {settler_role}));
  if (rows.empty()) return SettlerLead();
  return SettlerLead{rows.at(0).integer(0), rows.at(0).text(1)};
}

Result<std::vector<ObjectKey>> unnamed_manifests(db::Database& database, std::span<const StoredManifest> stored) {
  db::Batch rows(
      {{"ordinal", Type::integer}, {"study_uid", Type::text}, {"revision", Type::integer}, {"epoch", Type::integer}});
  for (std::size_t i = 0; i < stored.size(); ++i) {
    rows.add({static_cast<std::int64_t>(i), stored[i].study.get(), std::int64_t{stored[i].revision}, stored[i].epoch});
  }
  std::vector<ObjectKey> unnamed;
  if (rows.empty()) return unnamed;
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  // A revision without a row was adopted with the store: which manifest was its own is not known.
  const db::Rows found =
      TRY(transaction->bulk("select b.ordinal from batch b join studies s on s.study_instance_uid = b.study_uid "
                            "left join revisions r on r.study_id = s.id and r.revision = b.revision "
                            "where b.epoch > 0 and b.epoch < (select epoch from leaders where role = $1) and "
                            "(r.epoch <> b.epoch or (r.revision is null and b.revision > s.revision))",
                            rows, {settler_role}));
  for (const db::Row& row : found) unnamed.push_back(stored[static_cast<std::size_t>(row.integer(0))].key);
  return unnamed;
}

}  // namespace dmw::catalog
