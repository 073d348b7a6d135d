#include "catalog/adopting.h"

#include <algorithm>
#include <string_view>

#include "base/format.h"
#include "base/uuid.h"
#include "catalog/sessions.h"
#include "catalog/settling.h"
#include "catalog/tombstone.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;

constexpr std::size_t uids_at_once = 5'000;

Result<> keep(db::Transaction& transaction, std::string_view key, const std::string& value) {
  TRY(change_one(transaction, "catalog_info",
                 "insert into catalog_info(key, value) values ($1, $2) on conflict(key) do update set "
                 "value = excluded.value",
                 "value = $2", {std::string(key), value}));
  return {};
}

struct Row {
  std::int64_t id = 0;
  int revision = 0;
  int erased_revision = 0;
};

Result<Row> find_or_make(db::Transaction& transaction, const StoredStudy& study, MicrosUtc now) {
  const db::Rows rows = TRY(
      transaction.query("select id, revision, erased_revision from studies where study_instance_uid = $1 {for_update}",
                        {study.study.get()}));
  if (!rows.empty()) {
    const db::Row& row = rows[0];
    return Row{row.integer(0), static_cast<int>(row.integer(1)), static_cast<int>(row.integer(2))};
  }
  const std::int64_t id = TRY(transaction.reserve_ids("studies", 1)).at(0);
  TRY(write_one(
      transaction, "studies",
      "insert into studies(id, correlation_id, study_instance_uid, erased_at, updated_at) values ($1, $2, $3, $4, $4)",
      {id, Uuid::random().text(), study.study.get(), now}));
  return Row{id, 0, 0};
}

/// Nothing of it counts below what the store knows.
Result<> expect_adopted(db::Transaction& transaction, std::int64_t study_id, int revision) {
  const db::Values known = {study_id, std::int64_t{revision}};
  TRY(expect_none(TRY(transaction.query("select 1 from studies where id = $1 and revision < $2", known)), "studies"));
  return expect_none(TRY(transaction.query("select 1 from erasures where study_id = $1 and revision <= $2", known)),
                     "erasures");
}

/// The erasure waits for the settler.
Result<> order_again(db::Transaction& transaction, std::int64_t study_id, int revision, const Session& session,
                     MicrosUtc now) {
  const Session* by = &session;
  TRY(add_sessions(transaction, std::span(&by, 1)));
  TRY(write_one(transaction, "erasures",
                "insert into erasures(study_id, revision, session_id, ordered_at) values ($1, $2, $3, $4)",
                {study_id, std::int64_t{revision}, session.id.get(), now}));
  return {};
}

/// Those that no row of `revisions` names: only so they go with their study.
Result<> keep_manifests(db::Transaction& transaction, std::int64_t study_id, const StoredStudy& study) {
  std::set<ObjectKey> named;
  const db::Rows told = TRY(transaction.query("select revision, epoch from revisions where study_id = $1", {study_id}));
  for (const db::Row& row : told) {
    named.insert(manifest_key(study.study, static_cast<int>(row.integer(0)), row.integer(1)));
  }
  db::Batch rows({{"object_key", Type::text}});
  for (const ObjectKey& key : study.manifests) {
    if (!named.contains(key)) rows.add({key.get()});
  }
  if (rows.empty()) return {};
  TRY(
      transaction.bulk("insert into adopted_objects(study_id, object_key) select $1, object_key from batch where true "
                       "on conflict(study_id, object_key) do nothing",
                       rows, {study_id}));
  return expect_all(
      TRY(transaction.bulk("select 1 from adopted_objects where study_id = $1 and object_key = {any object_key}", rows,
                           {study_id})),
      rows, "adopted_objects");
}

}  // namespace

Result<> begin_adoption(db::Database& database) {
  return database.write([&](db::Transaction& transaction) { return keep(transaction, "adopting", "true"); });
}

Result<AdoptedStudy> adopt_study(db::Database& database, const StoredStudy& study, MicrosUtc now,
                                 MicrosUtc objects_go_at) {
  return database.write([&](db::Transaction& transaction) -> Result<AdoptedStudy> {
    const Row row = TRY(find_or_make(transaction, study, now));
    const bool again = study.is_erased() && study.told_again_by;
    const int erased_revision = study.erased_revision + (again ? 1 : 0);
    if (erased_revision > row.erased_revision) {
      TRY(delete_rows_of(transaction, row.id));
      TRY(make_tombstone(transaction, row.id, erased_revision, now));
      if (again) TRY(order_again(transaction, row.id, erased_revision, *study.told_again_by, now));
    }
    TRY(transaction.query("update studies set revision = $2 where id = $1 and revision < $2",
                          {row.id, std::int64_t{study.revision}}));
    TRY(transaction.query("delete from erasures where study_id = $1 and revision <= $2",
                          {row.id, std::int64_t{study.revision}}));
    TRY(expect_adopted(transaction, row.id, study.revision));
    TRY(condemn(transaction, study.condemned, row.id, erased_revision, objects_go_at));
    TRY(keep_manifests(transaction, row.id, study));
    const int life = std::max(row.erased_revision, erased_revision);
    return AdoptedStudy{row.id, life, life > 0 && life >= study.revision};
  });
}

Result<std::set<ObjectKey>> recorded_objects(db::Database& database, std::int64_t study_id, const StudyUid& study) {
  std::set<ObjectKey> keys;
  const db::Rows rows = TRY(database.read(
      "select sop_uid, dataset_sha256 from versions where series_id in (select id from series where study_id = $1)",
      {study_id}));
  for (const db::Row& row : rows) {
    keys.insert(instance_key(study, SopUid(row.text(0)), TRY(Sha256Digest::from_bytes(row.bytes(1)))));
  }
  return keys;
}

Result<> are_published(db::Database& database, std::int64_t study_id, int revision,
                       std::span<const std::string> sop_uids) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    for (std::span<const std::string> rest = sop_uids; !rest.empty();) {
      db::Batch rows({{"sop_uid", Type::text}});
      const std::span<const std::string> some = rest.first(std::min(rest.size(), uids_at_once));
      for (const std::string& uid : some) rows.add({uid});
      for (const char* which : {"current", "not current"}) {  // each half has an index of its own
        const std::string later = format("sop_uid = {{any sop_uid}} and study_id = $1 and revision > $2 and {}", which);
        const db::Values known = {study_id, std::int64_t{revision}};
        TRY(transaction.bulk("update versions set revision = $2 where " + later, rows, known));
        TRY(expect_none(TRY(transaction.bulk("select 1 from versions where " + later, rows, known)), "versions"));
      }
      rest = rest.subspan(some.size());
    }
    const std::string_view told =
        "study_id = $1 and not exists (select 1 from versions where series_id in (select id from series where "
        "study_id = $1) and revision > $2)";
    const db::Values known = {study_id, std::int64_t{revision}};
    TRY(transaction.query(format("delete from settling where {}", told), known));
    TRY(expect_none(TRY(transaction.query(format("select 1 from settling where {}", told), known)), "settling"));
    TRY(transaction.query("update studies set erased_at = null where id = $1 and erased_at is not null", {study_id}));
    return expect_none(
        TRY(transaction.query("select 1 from studies where id = $1 and erased_at is not null", {study_id})), "studies");
  });
}

Result<std::int64_t> count_revisions(db::Database& database) {
  return TRY(database.read("select coalesce(sum(revision), 0) from studies")).at(0).integer(0);
}

Result<> finish_adoption(db::Database& database, const std::string& store_id, std::int64_t position, std::int64_t epoch,
                         std::int64_t turn) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(change_one(transaction, "leaders",
                   "insert into leaders(role, epoch) values ($1, $2) on conflict(role) do update set "
                   "epoch = excluded.epoch, holder = null",
                   "epoch = $2", {settler_role, epoch}));
    TRY(keep(transaction, "store_id", store_id));
    TRY(keep(transaction, "turn", std::to_string(turn)));
    TRY(keep(transaction, "adopted_position", std::to_string(position)));
    TRY(transaction.query("delete from catalog_info where key = 'adopting'"));
    TRY(expect_none(TRY(transaction.query("select 1 from catalog_info where key = 'adopting'")), "catalog_info"));
    TRY(transaction.query("update event_head set position = $1 where position < $1", {position}));
    return expect_none(TRY(transaction.query("select 1 from event_head where position < $1", {position})),
                       "event_head");
  });
}

}  // namespace dmw::catalog
