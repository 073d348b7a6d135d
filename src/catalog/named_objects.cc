#include "catalog/named_objects.h"

#include "base/format.h"
#include "base/log.h"

namespace dmw::catalog {

Result<std::vector<NamedObject>> named_objects(db::Database& database, std::int64_t after_id, std::int64_t last_id,
                                               std::size_t limit) {
  std::vector<NamedObject> found;
  const db::Rows rows =
      TRY(database.read("select v.id, s.study_instance_uid, v.sop_uid, v.dataset_sha256 from versions v "
                        "join studies s on s.id = v.study_id where v.id > $1 and v.id <= $2 order by v.id limit $3",
                        {after_id, last_id, static_cast<std::int64_t>(limit)}));
  for (const db::Row& row : rows) {
    NamedObject& object = found.emplace_back(row.integer(0));
    if (const Result<Sha256Digest> digest = Sha256Digest::from_bytes(row.bytes(3))) {
      object.key = instance_key(StudyUid(row.text(1)), SopUid(row.text(2)), *digest);
    } else {
      log::warning("version_unreadable",
                   format("version {}: its object is not checked: {}", object.version_id, digest.error().message()));
    }
  }
  return found;
}

}  // namespace dmw::catalog
