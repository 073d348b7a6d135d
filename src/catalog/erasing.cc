#include "catalog/erasing.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/sessions.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// The study as an order finds it, its row locked.
struct Condemned {
  std::int64_t id = 0;
  int revision = 0;
  int erased_revision = 0;  // of an erasure before
  Erased sum;
  std::vector<ObjectKey> objects;
};

Result<Condemned> find(db::Transaction& transaction, const EraseOrder& order, MicrosUtc now, std::string_view lock) {
  const db::Rows rows = TRY(transaction.query(
      format("select id, revision, erased_revision, erased_at, instance_count, size_bytes from studies "
             "where study_instance_uid = $1 {}",
             lock),
      {order.study.get()}));
  if (rows.empty()) return fail(Errc::not_found, "there is no such study");
  const db::Row& row = rows[0];
  if (!row.is_null(3)) return fail(Errc::gone, "this study was erased on " + rfc3339(row.integer(3)));
  Condemned study{row.integer(0), static_cast<int>(row.integer(1)), static_cast<int>(row.integer(2)), {}, {}};
  // An erasure that is not told yet is told once, whatever came and went since it was ordered.
  study.sum.revision = study.revision + 1;
  study.sum.instances = row.integer(4);
  study.sum.size_bytes = row.integer(5);
  study.sum.objects_go_at = now + std::chrono::microseconds(order.grace).count();
  return study;
}

Result<> list_objects(db::Transaction& transaction, const StudyUid& uid, Condemned& study) {
  const db::Rows rows = TRY(transaction.query(
      "select sop_uid, dataset_sha256 from versions where series_id in (select id from series where study_id = $1)",
      {study.id}));
  for (const db::Row& row : rows) {
    study.objects.push_back(instance_key(uid, SopUid(row.text(0)), TRY(Sha256Digest::from_bytes(row.bytes(1)))));
  }
  // The manifest of an erasure names nothing and stays: in the store, it is the tombstone.
  for (int told = study.erased_revision + 1; told <= study.revision; ++told) {
    study.objects.push_back(manifest_key(uid, told));
  }
  study.sum.objects = static_cast<std::int64_t>(study.objects.size());
  return {};
}

Result<> condemn(db::Transaction& transaction, const Condemned& study) {
  db::Batch rows({{"object_key", Type::text}});
  for (const ObjectKey& key : study.objects) rows.add({key.get()});
  if (rows.empty()) return {};
  TRY(
      transaction.bulk("insert into erased_objects(object_key, due_at) select object_key, $1 from batch where true "
                       "on conflict(object_key) do update set due_at = excluded.due_at",
                       rows, {study.sum.objects_go_at}));
  return {};
}

Result<> delete_rows(db::Transaction& transaction, std::int64_t study_id) {
  TRY(transaction.query("delete from versions where series_id in (select id from series where study_id = $1)",
                        {study_id}));
  for (const char* table : {"series", "settling", "source_instances"}) {
    TRY(transaction.query(format("delete from {} where study_id = $1", table), {study_id}));
  }
  return {};
}

/// Nothing of a patient stays.
Result<> make_tombstone(db::Transaction& transaction, const Condemned& study, MicrosUtc now) {
  TRY(transaction.query(
      "update studies set erased_at = $2, updated_at = $2, erased_revision = $3, instance_count = 0, series_count = 0, "
      "size_bytes = 0, flags = 0, session_id = 0, received_at = 0, last_received_at = 0, source = null, "
      "calling_ae = null, called_ae = null, patient_id = null, issuer_of_patient_id = null, patient_name = null, "
      "patient_birth_date = null, patient_sex = null, accession_number = null, referring_physician = null, "
      "study_description = null, study_id = null, study_date = null, study_day = null, study_time = null, "
      "modality = null, modalities = null where id = $1",
      {study.id, now, std::int64_t{study.sum.revision}}));
  return {};
}

Result<> write_order(db::Transaction& transaction, const EraseOrder& order, const Condemned& study, MicrosUtc now) {
  const Session* session = &order.session;
  TRY(add_sessions(transaction, std::span(&session, 1)));
  TRY(
      transaction.query("insert into erasures(study_id, session_id, ordered_at) values ($1, $2, $3) "
                        "on conflict(study_id) do nothing",
                        {study.id, order.session.id.get(), now}));
  TRY(transaction.query("insert into audit(at, actor, action, subject, detail) values ($1, $2, 'study.erase', $3, $4)",
                        {now, order.actor, order.study.get(), order.reason}));
  return {};
}

}  // namespace

Result<Erased> foresee_erasure(db::Database& database, const EraseOrder& order, MicrosUtc now) {
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  Condemned study = TRY(find(*transaction, order, now, ""));
  TRY(list_objects(*transaction, order.study, study));
  return study.sum;
}

Result<Erased> erase(db::Database& database, const EraseOrder& order, MicrosUtc now) {
  const Result<Erased> erased = database.write([&](db::Transaction& transaction) -> Result<Erased> {
    Condemned study = TRY(find(transaction, order, now, "{for_update}"));
    TRY(list_objects(transaction, order.study, study));
    TRY(condemn(transaction, study));
    TRY(delete_rows(transaction, study.id));
    TRY(make_tombstone(transaction, study, now));
    TRY(write_order(transaction, order, study, now));
    crash_point("erase.before_commit");
    return study.sum;
  });
  crash_point("erase.after_commit");
  return erased;
}

Result<std::set<std::string>> which_are_erased(db::Database& database, std::span<const std::string> study_uids) {
  db::Batch asked({{"study_uid", Type::text}});
  for (const std::string& uid : study_uids) asked.add({uid});
  std::set<std::string> erased;
  if (asked.empty()) return erased;
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  const db::Rows rows = TRY(transaction->bulk(
      "select study_instance_uid from studies where study_instance_uid = {any study_uid} and erased_at is not null",
      asked));
  for (const db::Row& row : rows) erased.insert(row.text(0));
  return erased;
}

Result<std::vector<StudyRevision>> untold_erasures(db::Database& database, std::size_t limit) {
  const db::Rows rows =
      TRY(database.read("select s.id, s.study_instance_uid, s.revision, n.id, n.kind, n.correlation_id, n.source, "
                        "n.traceparent from erasures e join studies s on s.id = e.study_id join sessions n on "
                        "n.id = e.session_id order by e.ordered_at, e.study_id limit $1",
                        {static_cast<std::int64_t>(limit)}));
  std::vector<StudyRevision> revisions;
  for (const db::Row& row : rows) {
    StudyRevision revision;
    revision.study_id = row.integer(0);
    revision.study_uid = StudyUid(row.text(1));
    revision.revision = static_cast<int>(row.integer(2)) + 1;
    const std::optional<Uuid> correlation = Uuid::parse(row.text(5));
    if (!correlation) return fail(Errc::internal, "a correlation id in the catalog is not a UUID");
    revision.session.id = SessionId(row.integer(3));
    revision.session.kind = static_cast<SessionKind>(row.integer(4));
    revision.session.correlation_id = *correlation;
    revision.session.source = row.text(6);
    revision.session.traceparent = row.text(7);
    revision.content_digest = Sha256::of({});
    revisions.push_back(std::move(revision));
  }
  return revisions;
}

Result<std::size_t> remove_erased(db::Database& database, MicrosUtc now, std::size_t limit,
                                  const std::function<Result<>(const ObjectKey&)>& remove) {
  const db::Rows any = TRY(database.read("select 1 from erased_objects where due_at <= $1 limit 1", {now}));
  if (any.empty()) return std::size_t{0};
  return database.write([&](db::Transaction& transaction) -> Result<std::size_t> {
    // The rows stay locked while their objects go, so that nobody can put one of them in between (reprieve waits).
    const db::Rows rows = TRY(transaction.query(
        "select object_key from erased_objects where due_at <= $1 order by due_at, object_key limit $2 {for_update} "
        "{skip_locked}",
        {now, static_cast<std::int64_t>(limit)}));
    db::Batch gone({{"object_key", Type::text}});
    for (const db::Row& row : rows) {
      TRY(remove(ObjectKey(row.text(0))));
      gone.add({row.text(0)});
    }
    crash_point("erase.between_object_and_row");
    TRY(transaction.bulk("delete from erased_objects where object_key = {any object_key}", gone));
    return rows.size();
  });
}

Result<> reprieve(db::Database& database, std::span<const ObjectKey> keys) {
  if (keys.empty()) return {};
  // In one order, so that two of these cannot wait for each other.
  std::vector<std::string> sorted;
  for (const ObjectKey& key : keys) sorted.push_back(key.get());
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);
  sorted.erase(repeated.begin(), repeated.end());
  db::Batch rows({{"object_key", Type::text}});
  for (const std::string& key : sorted) rows.add({key});
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.bulk("delete from erased_objects where object_key = {any object_key}", rows));
    return {};
  });
}

}  // namespace dmw::catalog
