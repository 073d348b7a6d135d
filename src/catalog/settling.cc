#include "catalog/settling.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/crash_point.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "catalog/recording/known_good.h"
#include "catalog/recording/study_book.h"
#include "catalog/rehearsal.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;

std::optional<std::int32_t> number(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<std::int32_t>(row.integer(column));
}

using Revisions = std::map<std::int64_t, StudyRevision>;  // by study id

Result<Revisions> read_studies(db::Transaction& transaction, const db::Batch& ids) {
  const db::Rows rows =
      TRY(transaction.bulk("select s.id, s.study_instance_uid, s.revision, t.activity, s.patient_id, "
                           "s.accession_number, s.study_description, s.modality, "
                           "s.study_date, s.size_bytes, s.flags, n.id, n.kind, n.correlation_id, n.source, "
                           "n.calling_ae, n.called_ae, n.traceparent, s.erased_revision, "
                           // A replay that is under way has not brought its instance yet.
                           "case when exists (select 1 from dead_letters d where d.study_uid = s.study_instance_uid "
                           "and d.state in (0, 1)) then 1 else 0 end "
                           "from batch b join studies s on s.id = b.id join settling t on t.study_id = s.id join "
                           "sessions n on n.id = t.session_id "
                           "where s.erased_revision <= s.revision",
                           ids));
  Revisions revisions;
  for (const db::Row& row : rows) {
    StudyRevision& out = revisions[row.integer(0)];
    out.study_id = row.integer(0);
    out.study_uid = StudyUid(row.text(1));
    out.revision = static_cast<int>(row.integer(2)) + 1;
    out.activity = row.integer(3);
    out.patient_id = Private<std::string>(row.text(4));
    out.accession_number = Private<std::string>(row.text(5));
    out.study_description = Private<std::string>(row.text(6));
    out.modality = row.text(7);
    out.study_date = row.text(8);
    out.size_bytes = static_cast<std::uint64_t>(row.integer(9));
    out.flags = Flags::from_bits(static_cast<std::uint32_t>(row.integer(10))).with(Flag::incomplete, row.boolean(19));
    const std::optional<Uuid> correlation = Uuid::parse(row.text(13));
    if (!correlation) return fail(Errc::internal, "a correlation id in the catalog is not a UUID");
    out.session = Session{SessionId(row.integer(11)),
                          static_cast<SessionKind>(row.integer(12)),
                          *correlation,
                          row.text(14),
                          row.text(15),
                          row.text(16),
                          "",
                          row.text(17),
                          0};
    out.life_begins = static_cast<int>(row.integer(18)) + 1;
  }
  return revisions;
}

Result<> read_series(db::Transaction& transaction, const db::Batch& ids, Revisions& revisions) {
  const db::Rows rows = TRY(
      transaction.bulk("select study_id, series_uid, modality, body_part, series_number, instance_count from series "
                       "where study_id = {any id} and instance_count > 0 "
                       "order by study_id, coalesce(series_number, 2147483647), series_uid",
                       ids));
  for (const db::Row& row : rows) {
    const auto found = revisions.find(row.integer(0));
    if (found == revisions.end()) continue;
    found->second.series.push_back(
        RevisionSeries{SeriesUid(row.text(1)), row.text(2), row.text(3), number(row, 4), row.integer(5)});
  }
  return {};
}

Result<> read_instances(db::Transaction& transaction, const db::Batch& ids, Revisions& revisions) {
  const db::Rows rows = TRY(transaction.bulk(
      "select r.study_id, r.series_uid, v.sop_uid, v.sop_class, v.transfer_syntax, "
      "v.instance_number, v.size_bytes, v.dataset_sha256, "
      "v.flags, v.revision, v.n, v.current, v.received_at from series r join versions v on v.series_id = r.id "
      "where r.study_id = {any id} and (v.current or v.n = 1) "
      "order by r.study_id, coalesce(r.series_number, 2147483647), r.series_uid, "
      "coalesce(v.instance_number, 2147483647), v.sop_uid",
      ids));
  for (const db::Row& row : rows) {
    const auto found = revisions.find(row.integer(0));
    if (found == revisions.end()) continue;
    StudyRevision& out = found->second;
    if (row.integer(9) == out.revision)
      out.first_kept_at = std::min(out.first_kept_at.value_or(row.integer(12)), row.integer(12));
    // An instance is as old as its first version, whichever is current.
    if (row.integer(9) == out.revision && row.integer(10) == 1) ++out.instances_added;
    if (!row.boolean(11)) continue;
    out.instances.push_back(RevisionInstance{SeriesUid(row.text(1)), SopUid(row.text(2)), row.text(3), row.text(4),
                                             number(row, 5), static_cast<std::uint64_t>(row.integer(6)),
                                             TRY(Sha256Digest::from_bytes(row.bytes(7))),
                                             Flags::from_bits(static_cast<std::uint32_t>(row.integer(8)))});
  }
  return {};
}

Sha256Digest content_digest(const StudyRevision& revision) {
  std::vector<Sha256Digest> digests;
  for (const RevisionInstance& instance : revision.instances) digests.push_back(instance.dataset_sha256);
  std::ranges::sort(digests);
  Sha256 content;
  for (const Sha256Digest& digest : digests) content.update(digest.view());
  return content.finish();
}

/// How a study stands, its row locked.
struct LockedStudy {
  int revision = 0;
  int erased_revision = 0;
  std::optional<std::int64_t> activity;  // absent: it is not dirty
};

Result<std::map<std::int64_t, LockedStudy>> lock(db::Transaction& transaction, std::span<const Settled> settled) {
  std::set<std::int64_t> sorted;
  for (const Settled& one : settled) sorted.insert(one.revision->study_id);
  db::Batch ids({{"id", Type::integer}});
  for (const std::int64_t id : sorted) ids.add({id});
  const db::Rows studies =
      TRY(transaction.bulk("select id, revision, erased_revision from studies where id = {any id} "
                           "order by study_instance_uid {for_update}",
                           ids));
  std::map<std::int64_t, LockedStudy> standings;
  for (const db::Row& row : studies) {
    standings[row.integer(0)] = {static_cast<int>(row.integer(1)), static_cast<int>(row.integer(2)), {}};
  }
  const db::Rows dirty =
      TRY(transaction.bulk("select t.study_id, t.activity from settling t where t.study_id = {any id}", ids));
  for (const db::Row& row : dirty) standings[row.integer(0)].activity = row.integer(1);
  return standings;
}

/// Whether what was read is still what there is to tell. An erasure goes before everything that came after it.
bool still_true(const LockedStudy& now, const StudyRevision& read) {
  if (read.revision != now.revision + 1) return false;
  // All that is not told up to the newest erasure is erasures.
  if (read.is_erasure()) return now.erased_revision >= read.revision;
  return now.erased_revision <= now.revision && now.activity == read.activity;
}

std::string joined_modalities(const StudyRevision& revision) {
  std::set<std::string> modalities;
  for (const RevisionSeries& series : revision.series) {
    if (!series.modality.empty()) modalities.insert(series.modality);
  }
  std::string joined;
  for (const std::string& modality : modalities) joined += (joined.empty() ? "" : "\\") + modality;
  return joined;
}

/// A revision that is not written would be given to what comes next, too.
Result<> expect_revisions(const db::Rows& raised, const std::vector<const Settled*>& settled) {
  std::map<std::int64_t, std::int64_t> after;
  for (const db::Row& row : raised) after[row.integer(0)] = row.integer(1);
  for (const Settled* one : settled) {
    if (after.at(one->revision->study_id) != one->revision->revision) return std::unexpected(change_dropped("studies"));
  }
  return {};
}

Result<> write(db::Transaction& transaction, const std::vector<const Settled*>& settled) {
  db::Batch rows({{"study_id", Type::integer},
                  {"revision", Type::integer},
                  {"position", Type::integer},
                  {"session_id", Type::integer},
                  {"published_at", Type::integer},
                  {"size_bytes", Type::integer},
                  {"instance_count", Type::integer},
                  {"instances_added", Type::integer},
                  {"flags", Type::integer},
                  {"epoch", Type::integer},
                  {"content_digest", Type::bytes},
                  {"modalities", Type::text}});
  db::Batch told({{"study_id", Type::integer}});
  db::Batch erased({{"study_id", Type::integer}});
  std::vector<Event> events;
  for (const Settled* one : settled) {
    const StudyRevision& r = *one->revision;
    rows.add({r.study_id, std::int64_t{r.revision}, static_cast<std::int64_t>(rows.size()), r.session.id.get(), r.at,
              static_cast<std::int64_t>(r.size_bytes), static_cast<std::int64_t>(r.instances.size()), r.instances_added,
              static_cast<std::int64_t>(r.flags.bits()), r.epoch, db::blob(r.content_digest.view()),
              db::text_or_null(joined_modalities(r))});
    (r.is_erasure() ? erased : told).add({r.study_id});
    events.push_back(one->event);
  }
  TRY(write_all(transaction, "settling", "delete from settling where study_id = {any study_id}", told));
  const db::Rows raised = TRY(write_all(
      transaction, "studies",
      "update studies set revision = b.revision, modalities = b.modalities, updated_at = b.published_at, "
      "flags = (studies.flags & ~$1::bigint) | (b.flags & $1::bigint) from batch b where studies.id = b.study_id "
      "returning studies.id, studies.revision",
      rows, {std::int64_t{Flags(Flag::incomplete).bits()}}));
  TRY(expect_revisions(raised, settled));
  TRY(
      transaction.bulk("delete from erasures where study_id = {any study_id} and revision <= "
                       "(select s.revision from studies s where s.id = erasures.study_id)",
                       erased));
  TRY(expect_none(TRY(transaction.bulk("select 1 from erasures e join studies s on s.id = e.study_id where "
                                       "e.study_id = {any study_id} and e.revision <= s.revision",
                                       erased)),
                  "erasures"));
  const std::int64_t first = TRY(append(transaction, events));
  TRY(write_all(
      transaction, "revisions",
      "insert into revisions(study_id, revision, position, session_id, published_at, size_bytes, instance_count, "
      "instances_added, flags, epoch, content_digest) select study_id, revision, $1 + position, session_id, "
      "published_at, size_bytes, instance_count, instances_added, flags, epoch, content_digest from batch",
      rows, {first}));
  return {};
}

/// As the recorder leaves a study behind.
Result<StudyRevision> make_dirty_study(db::Transaction& transaction, const SpooledInstance& item, MicrosUtc now) {
  StudyBook studies(transaction, std::span(&item, 1));
  TRY(studies.lock());
  StudyEntry& study = studies.of(item);
  study.opened_by = study.newest = &item;
  TRY(studies.write(now));
  TRY(studies.write_settling(now));
  StudyRevision revision;
  revision.study_id = study.id;
  revision.study_uid = item.header->study_uid;
  revision.revision = 1;
  revision.session = item.session;
  revision.at = now;
  const Attributes& a = item.header.attributes();
  revision.instances.push_back({a.series_uid, a.sop_uid, a.sop_class, a.transfer_syntax, std::nullopt,
                                item.fingerprint.size_bytes, item.fingerprint.dataset_sha256, a.flags});
  revision.content_digest = item.fingerprint.dataset_sha256;
  return revision;
}

}  // namespace

Result<> rehearse_publishing(db::Database& database, MicrosUtc now) {
  const SpooledInstance item = known_good(now);
  return rehearse(database, "a revision", [&](db::Transaction& transaction) -> Result<> {
    const StudyRevision revision = TRY(make_dirty_study(transaction, item, now));
    Settled settled{&revision, {}};
    settled.event.event_id = Uuid::random();
    settled.event.at = now;
    settled.event.key = revision.study_uid.get();
    settled.event.headers = settled.event.body = "{}";
    return write(transaction, {&settled});
  });
}

Result<std::vector<Dirty>> dirty_studies(db::Database& database, std::size_t limit) {
  const db::Rows rows =
      TRY(database.read("select study_id, activity, dirty_at, closed, source, calling_ae from settling "
                        "order by closed desc, dirty_at, study_id limit $1",
                        {static_cast<std::int64_t>(limit)}));
  std::vector<Dirty> dirty;
  dirty.reserve(rows.size());
  for (const db::Row& row : rows) {
    dirty.push_back(Dirty{row.integer(0), row.integer(1), row.integer(2), row.boolean(3), row.text(4), row.text(5)});
  }
  return dirty;
}

Result<std::vector<std::int64_t>> count_instances(db::Database& database, std::span<const Dirty> studies) {
  db::Batch ids({{"id", Type::integer}});
  std::map<std::int64_t, std::int64_t> counts;
  for (const Dirty& study : studies) ids.add({study.study_id});
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  const db::Rows rows =
      TRY(transaction->bulk("select s.id, s.instance_count from studies s where s.id = {any id}", ids));
  for (const db::Row& row : rows) counts[row.integer(0)] = row.integer(1);
  std::vector<std::int64_t> in_order;
  for (const Dirty& study : studies) in_order.push_back(counts[study.study_id]);
  return in_order;
}

Result<std::vector<StudyRevision>> read_revisions(db::Database& database, std::span<const std::int64_t> study_ids) {
  db::Batch ids({{"id", Type::integer}});
  for (const std::int64_t id : study_ids) ids.add({id});
  const std::unique_ptr<db::Transaction> transaction = TRY(database.begin(db::Access::read));
  Revisions revisions = TRY(read_studies(*transaction, ids));
  TRY(read_series(*transaction, ids, revisions));
  TRY(read_instances(*transaction, ids, revisions));
  std::vector<StudyRevision> list;
  for (auto& [id, revision] : revisions) {
    revision.content_digest = content_digest(revision);
    list.push_back(std::move(revision));
  }
  return list;
}

Result<std::string> study_uid_of(db::Database& database, std::int64_t study_id) {
  const db::Rows rows = TRY(database.read("select study_instance_uid from studies where id = $1", {study_id}));
  if (rows.empty()) return fail(Errc::not_found, "there is no such study");
  return rows.at(0).text(0);
}

Result<std::vector<std::int64_t>> publish(db::Database& database, std::int64_t epoch,
                                          std::span<const Settled> settled) {
  return database.write([&](db::Transaction& transaction) -> Result<std::vector<std::int64_t>> {
    TRY(require_lead(transaction, settler_role, epoch));
    const std::map<std::int64_t, LockedStudy> standings = TRY(lock(transaction, settled));
    std::vector<const Settled*> unchanged;
    std::vector<std::int64_t> published;
    for (const Settled& one : settled) {
      const auto found = standings.find(one.revision->study_id);
      if (found == standings.end() || !still_true(found->second, *one.revision)) continue;
      unchanged.push_back(&one);
      published.push_back(one.revision->study_id);
    }
    if (!unchanged.empty()) TRY(write(transaction, unchanged));
    crash_point("settle.before_commit");
    return published;
  });
}

}  // namespace dmw::catalog
