#include "catalog/erasing.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/sessions.h"
#include "catalog/tombstone.h"
#include "catalog/unasked.h"
#include "catalog/writes.h"
#include "db/halving.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// The study as an order finds it, its row locked.
struct Condemned {
  std::int64_t id = 0;
  int revision = 0;
  int erased_revision = 0;  // of an erasure before
  Erased sum;
  MicrosUtc due_at = 0;  // of its objects; 0: at once, whatever a clock says
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
  Condemned study{row.integer(0), static_cast<int>(row.integer(1)), static_cast<int>(row.integer(2)), {}, 0, {}};
  // Each erasure has its own revision, at which the study starts anew: one that is not told yet keeps its number.
  study.sum.revision = std::max(study.revision, study.erased_revision) + 1;
  study.sum.instances = row.integer(4);
  study.sum.size_bytes = row.integer(5);
  study.sum.objects_go_at = now + std::chrono::microseconds(order.grace).count();
  if (order.grace.count() > 0) study.due_at = study.sum.objects_go_at;
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
  const db::Rows told =
      TRY(transaction.query("select revision, epoch from revisions where study_id = $1 and revision > $2",
                            {study.id, study.erased_revision}));
  for (const db::Row& row : told) {
    study.objects.push_back(manifest_key(uid, static_cast<int>(row.integer(0)), row.integer(1)));
  }
  const db::Rows adopted =
      TRY(transaction.query("select object_key from adopted_objects where study_id = $1", {study.id}));
  for (const db::Row& row : adopted) study.objects.emplace_back(row.text(0));
  study.sum.objects = static_cast<std::int64_t>(study.objects.size());
  return {};
}

Result<> write_order(db::Transaction& transaction, const EraseOrder& order, const Condemned& study, MicrosUtc now) {
  const Session* session = &order.session;
  TRY(add_sessions(transaction, std::span(&session, 1)));
  TRY(write_one(transaction, "erasures",
                "insert into erasures(study_id, revision, session_id, ordered_at) values ($1, $2, $3, $4)",
                {study.id, std::int64_t{study.sum.revision}, order.session.id.get(), now}));
  TRY(write_one(transaction, "audit",
                "insert into audit(at, actor, action, subject, detail) values ($1, $2, 'study.erase', $3, $4)",
                {now, order.actor, order.study.get(), order.reason}));
  return {};
}

MicrosUtc wait_after(int attempts) {
  constexpr std::chrono::minutes first{1};
  constexpr std::chrono::minutes most{60};
  return std::chrono::microseconds(std::min(most, first * (1 << std::min(attempts - 1, 6)))).count();
}

Result<> postpone(db::Transaction& transaction, std::span<const Removals::Postponed> postponed, MicrosUtc now) {
  db::Batch rows({{"key", Type::text}, {"due", Type::integer}, {"tried", Type::integer}, {"why", Type::text}});
  for (const Removals::Postponed& one : postponed) {
    rows.add({one.key.get(), now + wait_after(one.attempts), std::int64_t{one.attempts}, column(one.why.message())});
  }
  TRY(write_all(transaction, "erased_objects",
                "update erased_objects set due_at = b.due, attempts = b.tried, last_error = b.why from batch b "
                "where erased_objects.object_key = b.key",
                rows));
  return {};
}

/// In one transaction. `tried`: the last of which it is known that it was tried, also where all of it fails.
Result<Removals> remove_together(db::Database& database, MicrosUtc now, std::size_t limit, const RemovalPlace& after,
                                 std::optional<RemovalPlace>& tried, const RemoveObject& remove) {
  return database.write([&](db::Transaction& transaction) -> Result<Removals> {
    tried.reset();
    // A store may take longer over a removal than a transaction may stand still, and the object is not to be put
    // meanwhile.
    if (database.engine() == db::Engine::postgres)
      TRY(transaction.script("set local idle_in_transaction_session_timeout = 0"));
    // The rows stay locked while their objects go, so that nobody can put one of them in between (reprieve waits).
    const db::Rows rows = TRY(transaction.query(
        "select object_key, attempts, last_error, due_at from erased_objects where due_at <= $1 and due_at >= $3 and "
        "(due_at > $3 or object_key > $4) and not exists (select 1 from erasures e where e.study_id = "
        "erased_objects.study_id and e.revision <= erased_objects.revision) order by due_at, object_key limit $2 "
        "{skip_locked}",
        {now, static_cast<std::int64_t>(limit), after.due_at, after.key}));
    Removals removals;
    db::Batch gone({{"object_key", Type::text}});
    for (const db::Row& row : rows) {
      const ObjectKey key(row.text(0));
      tried = RemovalPlace{row.integer(3), key.get()};
      crash_point("erase.before_object");
      // A process that hung may have lost its session, and its locks with it: then this fails.
      TRY(transaction.query("select 1"));
      if (std::optional<Error> why = TRY(remove(key))) {
        const bool is_news = db::Value(row.text(2)) != column(why->message());
        removals.postponed.push_back({key, std::move(*why), static_cast<int>(row.integer(1)) + 1, is_news});
      } else {
        gone.add({key.get()});
      }
    }
    removals.last = tried;
    if (gone.empty() && removals.postponed.empty()) return removals;
    crash_point("erase.between_object_and_row");
    removals.removed = gone.size();
    TRY(write_all(transaction, "erased_objects", "delete from erased_objects where object_key = {any object_key}",
                  gone));
    TRY(postpone(transaction, removals.postponed, now));
    return removals;
  });
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
    TRY(condemn(transaction, study.objects, study.id, study.sum.revision, study.due_at));
    TRY(delete_rows_of(transaction, study.id));
    TRY(make_tombstone(transaction, study.id, study.sum.revision, now));
    TRY(write_order(transaction, order, study, now));
    TRY(number_erasure(transaction, study.id));
    crash_point("erase.before_commit");
    return study.sum;
  });
  crash_point("erase.after_commit");
  return erased;
}

Result<std::set<std::string>> which_are_erased(db::Database& database, std::span<const std::string> study_uids) {
  std::set<std::string> erased;
  for (const auto& [uid, study] : TRY(erased_studies(database, study_uids))) erased.insert(uid);
  return erased;
}

Result<UntoldErasures> untold_erasures(db::Database& database, std::size_t limit) {
  const db::Rows rows = TRY(
      database.read("select s.id, s.study_instance_uid, s.revision, n.id, n.kind, n.correlation_id, n.source, "
                    "n.traceparent from erasures e join studies s on s.id = e.study_id and e.revision = s.revision + 1 "
                    "join sessions n on n.id = e.session_id order by e.ordered_at, e.study_id limit $1",
                    {static_cast<std::int64_t>(limit)}));
  UntoldErasures untold;
  for (const db::Row& row : rows) {
    StudyRevision revision;
    revision.study_id = row.integer(0);
    revision.study_uid = StudyUid(row.text(1));
    revision.revision = static_cast<int>(row.integer(2)) + 1;
    const std::optional<Uuid> correlation = Uuid::parse(row.text(5));
    if (!correlation) {
      untold.unreadable.push_back({row.integer(0), row.text(1),
                                   fail(Errc::internal, "the correlation id of its erasure is not a UUID").error()});
      continue;
    }
    revision.session.id = SessionId(row.integer(3));
    revision.session.kind = static_cast<SessionKind>(row.integer(4));
    revision.session.correlation_id = *correlation;
    revision.session.source = row.text(6);
    revision.session.traceparent = row.text(7);
    revision.content_digest = Sha256::of({});
    untold.revisions.push_back(std::move(revision));
  }
  return untold;
}

Result<Removals> remove_erased(db::Database& database, MicrosUtc now, std::size_t limit, const RemovalPlace& after,
                               const RemoveObject& remove) {
  const db::Rows any = TRY(database.read("select 1 from erased_objects where due_at <= $1 limit 1", {now}));
  if (any.empty()) return Removals();
  bool store_is_away = false;
  const RemoveObject noting = [&](const ObjectKey& key) {
    Result<std::optional<Error>> removed = remove(key);
    store_is_away = !removed;
    return removed;
  };
  std::optional<RemovalPlace> tried;
  Result<Removals> together = remove_together(database, now, limit, after, tried, noting);
  if (together || store_is_away || !db::may_be_of_rows(together.error())) return together;
  Removals removals;
  removals.last = after;
  for (std::size_t n = 0; n < limit && removals.refused.size() < db::refused_most; ++n) {
    Result<Removals> one = remove_together(database, now, 1, *removals.last, tried, noting);
    if (!one && (store_is_away || !tried || !db::may_be_of_rows(one.error()))) return one;
    if (!tried) break;
    removals.last = tried;
    if (!one) {
      removals.refused.emplace_back(ObjectKey(tried->key), during(one.error(), "the removal of " + tried->key).error());
      continue;
    }
    removals.removed += one->removed;
    std::ranges::move(one->postponed, std::back_inserter(removals.postponed));
  }
  return removals;
}

Result<std::int64_t> count_postponed_removals(db::Database& database) {
  const db::Rows rows = TRY(database.read("select count(*) from erased_objects where attempts > 0"));
  return rows.at(0).integer(0);
}

Result<> reprieve(db::Transaction& transaction, std::span<const ObjectKey> keys) {
  if (keys.empty()) return {};
  // In one order, so that two of these cannot wait for each other.
  std::vector<std::string> sorted;
  for (const ObjectKey& key : keys) sorted.push_back(key.get());
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);
  sorted.erase(repeated.begin(), repeated.end());
  db::Batch rows({{"object_key", Type::text}});
  for (const std::string& key : sorted) rows.add({key});
  TRY(transaction.bulk("delete from erased_objects where object_key = {any object_key}", rows));
  // A remaining row would remove an object that is stored now.
  return expect_none(TRY(transaction.bulk("select 1 from erased_objects where object_key = {any object_key}", rows)),
                     "erased_objects");
}

Result<> reprieve(db::Database& database, std::span<const ObjectKey> keys) {
  if (keys.empty()) return {};
  return database.write([&](db::Transaction& transaction) { return reprieve(transaction, keys); });
}

}  // namespace dmw::catalog
