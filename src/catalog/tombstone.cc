#include "catalog/tombstone.h"

#include "base/format.h"
#include "catalog/writes.h"

namespace dmw::catalog {

using db::Type;

namespace {

Result<> delete_all(db::Transaction& transaction, std::string_view table, std::string_view which,
                    std::int64_t study_id) {
  TRY(transaction.query(format("delete from {} where {}", table, which), {study_id}));
  return expect_none(TRY(transaction.query(format("select 1 from {} where {} limit 1", table, which), {study_id})),
                     table);
}

}  // namespace

Result<> delete_rows_of(db::Transaction& transaction, std::int64_t study_id) {
  const std::string_view of_series = "series_id in (select id from series where study_id = $1)";
  TRY(delete_all(transaction, "versions", of_series, study_id));
  for (const char* table : {"series", "settling", "source_instances", "adopted_objects"}) {
    TRY(delete_all(transaction, table, "study_id = $1", study_id));
  }
  return {};
}

Result<> make_tombstone(db::Transaction& transaction, std::int64_t study_id, int erased_revision, MicrosUtc now) {
  TRY(change_one(
      transaction, "studies",
      "update studies set erased_at = $2, updated_at = $2, erased_revision = $3, instance_count = 0, series_count = 0, "
      "size_bytes = 0, flags = 0, session_id = 0, received_at = 0, last_received_at = 0, source = null, "
      "calling_ae = null, called_ae = null, patient_id = null, issuer_of_patient_id = null, patient_name = null, "
      "patient_birth_date = null, patient_sex = null, accession_number = null, referring_physician = null, "
      "study_description = null, study_id = null, study_date = null, study_day = null, study_time = null, "
      "modality = null, modalities = null where id = $1",
      "erased_at = $2 and erased_revision = $3", {study_id, now, std::int64_t{erased_revision}}));
  return {};
}

Result<> condemn(db::Transaction& transaction, std::span<const ObjectKey> objects, std::int64_t study_id,
                 int erased_revision, MicrosUtc due_at) {
  // The same object once: one statement changes a row only once.
  const std::set<ObjectKey> keys(objects.begin(), objects.end());
  db::Batch rows({{"object_key", Type::text}});
  for (const ObjectKey& key : keys) rows.add({key.get()});
  TRY(change_all(
      transaction, "erased_objects",
      "insert into erased_objects(object_key, due_at, study_id, revision) select object_key, $1, $2, $3 from batch "
      "where true on conflict(object_key) do update set due_at = excluded.due_at, study_id = excluded.study_id, "
      "revision = excluded.revision, attempts = 0, last_error = null",
      "due_at = $1 and study_id = $2 and revision = $3", rows, {due_at, study_id, std::int64_t{erased_revision}}));
  return {};
}

}  // namespace dmw::catalog
