#include "catalog/recording.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/crash_point.h"
#include "catalog/rows.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// A version as far as a newcomer with its SOP Instance UID has to know it.
struct Known {
  std::int64_t id = 0;  // 0: in this batch, not inserted yet
  std::int64_t study_id = 0;
  std::int64_t series_id = 0;
  Sha256Digest dataset;
  std::string transfer_syntax;
  int n = 1;
  bool current = true;
  std::uint64_t size_bytes = 0;
};

struct Series {
  std::int64_t id = 0;
  std::int64_t study_id = 0;
  std::int64_t added = 0;
  std::int64_t bytes = 0;
  Flags flags;
};

struct Study {
  std::int64_t id = 0;
  int open_revision = 1;
  std::string patient_id;
  bool described = false;                  // has the attributes of an instance
  const SpooledInstance* first = nullptr;  // of this batch
  const SpooledInstance* opened_by = nullptr;
  std::int64_t added = 0;
  std::int64_t bytes = 0;
  std::int64_t series_added = 0;
  MicrosUtc last_received_at = 0;
  Flags flags;
  bool changed = false;  // there is something to write
  bool opens = false;    // there is something to tell
};

/// One batch on its way through one transaction. Each step is one statement for the whole batch.
class BatchRecorder {
 public:
  BatchRecorder(db::Transaction& transaction, std::span<const SpooledInstance> batch,
                const std::set<std::string>& replaces, MicrosUtc now)
      : transaction_(transaction), batch_(batch), replaces_(replaces), now_(now) {}

  Result<Recording> run() {
    TRY(add_sessions());
    TRY(lock_studies());
    TRY(find_series());
    TRY(find_versions());
    for (const SpooledInstance& item : batch_) recording_.outcomes.push_back(decide(item));
    TRY(write_versions());
    TRY(write_series());
    TRY(write_studies());
    TRY(write_settling());
    TRY(write_origins());
    TRY(close_dead_letters());
    for (const auto& [uid, study] : studies_) {
      if (study.opens) recording_.touched.push_back(StudyUid(uid));
    }
    return std::move(recording_);
  }

 private:
  Result<> add_sessions() {
    std::map<std::int64_t, const Session*> sessions;
    for (const SpooledInstance& item : batch_) sessions.emplace(item.session.id.get(), &item.session);
    db::Batch rows({{"id", Type::integer},
                    {"correlation_id", Type::text},
                    {"kind", Type::integer},
                    {"source", Type::text},
                    {"calling_ae", Type::text},
                    {"called_ae", Type::text},
                    {"peer", Type::text},
                    {"traceparent", Type::text},
                    {"started_at", Type::integer}});
    for (const auto& [id, session] : sessions) {
      rows.add({id, session->correlation_id.text(), static_cast<std::int64_t>(session->kind), session->source,
                db::text_or_null(session->calling_ae), db::text_or_null(session->called_ae),
                db::text_or_null(session->peer), db::text_or_null(session->traceparent), session->started_at});
    }
    TRY(transaction_.bulk(
        "insert into sessions(id, correlation_id, kind, source, calling_ae, called_ae, peer, traceparent, started_at) "
        "select id, correlation_id, kind, source, calling_ae, called_ae, peer, traceparent, started_at from batch "
        "where true on conflict(id) do nothing",
        rows));
    return {};
  }

  /// Locks the studies in the order of their UIDs, so that two recorders cannot wait for each other; makes what is
  /// missing.
  Result<> lock_studies() {
    for (const SpooledInstance& item : batch_) {
      Study& study = studies_[item.attributes->study_uid.get()];
      if (study.first == nullptr) study.first = &item;
    }
    TRY(select_studies());
    db::Batch missing({{"uid", Type::text}, {"correlation_id", Type::text}, {"received_at", Type::integer}});
    for (const auto& [uid, study] : studies_) {
      if (study.id == 0) missing.add({uid, study.first->session.correlation_id.text(), study.first->kept_at});
    }
    if (missing.empty()) return {};
    TRY(transaction_.bulk(
        "insert into studies(study_instance_uid, correlation_id, received_at) "
        "select uid, correlation_id, received_at from batch where true on conflict(study_instance_uid) do nothing",
        missing));
    return select_studies();
  }

  Result<> select_studies() {
    db::Batch uids({{"uid", Type::text}});
    for (const auto& [uid, study] : studies_) {
      if (study.id == 0) uids.add({uid});
    }
    const db::Rows rows = TRY(transaction_.bulk(
        "select id, study_instance_uid, revision, patient_id, instance_count from studies "
        "where study_instance_uid in (select uid from batch) order by study_instance_uid {for_update}",
        uids));
    for (const db::Row& row : rows) {
      Study& study = studies_.at(row.text(1));
      study.id = row.integer(0);
      study.open_revision = static_cast<int>(row.integer(2)) + 1;
      study.patient_id = row.text(3);
      study.described = row.integer(4) > 0;
      by_id_[study.id] = &study;
    }
    return {};
  }

  Result<> find_series() {
    db::Batch wanted({{"study_id", Type::integer},
                      {"series_uid", Type::text},
                      {"series_number", Type::integer},
                      {"modality", Type::text},
                      {"series_description", Type::text},
                      {"body_part", Type::text},
                      {"station", Type::text},
                      {"attributes", Type::json}});
    for (const SpooledInstance& item : batch_) {
      const Attributes& a = *item.attributes;
      const std::int64_t study_id = study_of(item).id;
      if (!series_.emplace(std::pair(study_id, a.series_uid.get()), Series{}).second) continue;
      wanted.add(
          {study_id, a.series_uid.get(), db::value_or_null(a.series_number), column(a.modality),
           column(a.series_description.reveal()), column(a.body_part), column(a.station_name),
           a.series_attributes.empty() ? db::Value(db::Null{}) : db::Value(json::serialize(a.series_attributes))});
    }
    // A write only for what is new: most batches add to series that are there.
    const std::string_view select =
        "select s.id, s.study_id, s.series_uid from series s join batch b on b.study_id = s.study_id and b.series_uid "
        "= s.series_uid";
    take_series(TRY(transaction_.bulk(select, wanted)), false);
    if (std::ranges::all_of(series_, [](const auto& entry) { return entry.second.id != 0; })) return {};
    take_series(
        TRY(transaction_.bulk(
            "insert into series(study_id, series_uid, series_number, modality, series_description, body_part, station, "
            "attributes) "
            "select study_id, series_uid, series_number, modality, series_description, body_part, station, attributes "
            "from batch where true on conflict(study_id, series_uid) do nothing returning id, study_id, series_uid",
            wanted)),
        true);
    return {};
  }

  void take_series(const db::Rows& rows, bool added) {
    for (const db::Row& row : rows) {
      Series& series = series_.at({row.integer(1), row.text(2)});
      series.id = row.integer(0);
      series.study_id = row.integer(1);
      if (added) ++by_id_.at(series.study_id)->series_added;
    }
  }

  Result<> find_versions() {
    std::set<std::string> uids;
    for (const SpooledInstance& item : batch_) uids.insert(item.attributes->sop_uid.get());
    db::Batch wanted({{"sop_uid", Type::text}});
    for (const std::string& uid : uids) wanted.add({uid});
    const db::Rows rows =
        TRY(transaction_.bulk("select v.sop_uid, v.id, v.study_id, v.series_id, v.dataset_sha256, v.transfer_syntax, "
                              "v.n, v.current, v.size_bytes "
                              "from versions v where v.sop_uid in (select sop_uid from batch) and v.current "
                              "union all "
                              "select v.sop_uid, v.id, v.study_id, v.series_id, v.dataset_sha256, v.transfer_syntax, "
                              "v.n, v.current, v.size_bytes "
                              "from versions v where v.sop_uid in (select sop_uid from batch) and not v.current",
                              wanted));
    for (const db::Row& row : rows) {
      known_[row.text(0)].push_back(Known {
        row.integer(1), row.integer(2), row.integer(3), TRY(Sha256Digest::from_bytes(row.bytes(4)))
        , row.text(5), static_cast<int>(row.integer(6)), row.boolean(7), static_cast<std::uint64_t>(row.integer(8))
      });
    }
    return {};
  }

  /// Rule 2, for one instance against everything that is known by now, this batch's earlier instances included.
  Recorded decide(const SpooledInstance& item) {
    const Attributes& a = *item.attributes;
    Study& study = study_of(item);
    Series& series = series_.at({study.id, a.series_uid.get()});
    std::vector<Known>& versions = known_[a.sop_uid.get()];

    Known* current = nullptr;
    int older = 0;
    Flags flags = a.flags;
    for (Known& version : versions) {
      if (version.study_id != study.id) {
        flags |= Flag::sop_uid_reused;
        continue;
      }
      ++older;
      if (version.dataset == item.fingerprint.dataset_sha256) return Recorded::same;
      if (version.current) current = &version;
    }

    Recorded outcome = Recorded::first;
    if (current != nullptr) {
      const bool same_syntax = current->transfer_syntax == a.transfer_syntax;
      outcome = !same_syntax ? Recorded::variant : Recorded::conflict;
      if (outcome == Recorded::conflict && replaces_.contains(item.session.source)) outcome = Recorded::replaced;
      if (current->series_id != series.id) flags |= Flag::series_mismatch;
    }
    if (outcome == Recorded::conflict) flags |= Flag::conflict;
    if (outcome == Recorded::variant) flags |= Flag::variant;
    if (outcome == Recorded::replaced) {
      flags |= Flag::replaced;
      current->current = false;
      demoted_.push_back(current->id);
      study.bytes -= static_cast<std::int64_t>(current->size_bytes);
    }
    if (study.described && study.patient_id != a.patient_id.reveal()) flags |= Flag::patient_mismatch;

    const bool is_current = outcome == Recorded::first || outcome == Recorded::replaced;
    Known version{0,
                  study.id,
                  series.id,
                  item.fingerprint.dataset_sha256,
                  a.transfer_syntax,
                  older + 1,
                  is_current,
                  item.fingerprint.size_bytes};
    versions.push_back(version);
    added_.push_back({&item, study.open_revision, series.id, version.n, is_current, flags});
    note(item, outcome, flags, study, series);
    return outcome;
  }

  void note(const SpooledInstance& item, Recorded outcome, Flags flags, Study& study, Series& series) {
    if (!study.described) {
      study.described = true;
      study.patient_id = item.attributes->patient_id.reveal();
    }
    study.changed = true;
    study.flags |= flags;
    series.flags |= flags;
    study.last_received_at = std::max(study.last_received_at, item.kept_at);
    if (outcome == Recorded::first) {
      ++study.added;
      ++series.added;
    }
    if (outcome == Recorded::first || outcome == Recorded::replaced) {
      study.bytes += static_cast<std::int64_t>(item.fingerprint.size_bytes);
      series.bytes += static_cast<std::int64_t>(item.fingerprint.size_bytes);
    }
    if (outcome != Recorded::variant) {
      study.opens = true;
      if (study.opened_by == nullptr) study.opened_by = &item;
    }
  }

  Result<> write_versions() {
    if (!demoted_.empty()) {
      db::Batch rows({{"id", Type::integer}});
      for (const std::int64_t id : demoted_) {
        if (id != 0) rows.add({id});
      }
      TRY(transaction_.bulk("update versions set current = false where id in (select id from batch)", rows));
    }
    if (added_.empty()) return {};
    db::Batch rows({{"study_id", Type::integer},
                    {"series_id", Type::integer},
                    {"session_id", Type::integer},
                    {"size_bytes", Type::integer},
                    {"prefix_bytes", Type::integer},
                    {"header_bytes", Type::integer},
                    {"received_at", Type::integer},
                    {"revision", Type::integer},
                    {"instance_number", Type::integer},
                    {"frames", Type::integer},
                    {"pixel_rows", Type::integer},
                    {"pixel_columns", Type::integer},
                    {"bits", Type::integer},
                    {"n", Type::integer},
                    {"flags", Type::integer},
                    {"is_current", Type::boolean},
                    {"sop_class", Type::text},
                    {"transfer_syntax", Type::text},
                    {"sop_uid", Type::text},
                    {"dataset_sha256", Type::bytes},
                    {"prefix_sha256", Type::bytes},
                    {"chunk_crc32c", Type::bytes}});
    for (const Added& added : added_) {
      const SpooledInstance& item = *added.item;
      const Attributes& a = *item.attributes;
      const Fingerprint& print = item.fingerprint;
      // One of this batch that a later one of it has replaced is not current.
      const bool is_current = added.current && last_current(a.sop_uid.get(), study_of(item).id) == print.dataset_sha256;
      rows.add({study_of(item).id,
                added.series_id,
                item.session.id.get(),
                static_cast<std::int64_t>(print.size_bytes),
                static_cast<std::int64_t>(print.prefix_bytes),
                static_cast<std::int64_t>(a.header_bytes),
                item.kept_at,
                std::int64_t{added.revision},
                db::value_or_null(a.instance_number),
                db::value_or_null(a.frames),
                db::value_or_null(a.rows),
                db::value_or_null(a.columns),
                small(a.bits_allocated),
                std::int64_t{added.n},
                static_cast<std::int64_t>(added.flags.bits()),
                is_current,
                a.sop_class,
                a.transfer_syntax,
                a.sop_uid.get(),
                db::blob(print.dataset_sha256.view()),
                db::blob(print.prefix_sha256.view()),
                db::blob(as_bytes(print.chunk_crc32c))});
    }
    TRY(
        transaction_.bulk("insert into versions(study_id, series_id, session_id, size_bytes, prefix_bytes, "
                          "header_bytes, received_at, revision, "
                          "instance_number, frames, rows, columns, bits, n, flags, current, sop_class, "
                          "transfer_syntax, sop_uid, dataset_sha256, "
                          "prefix_sha256, chunk_crc32c) "
                          "select study_id, series_id, session_id, size_bytes, prefix_bytes, header_bytes, "
                          "received_at, revision, instance_number, frames, "
                          "pixel_rows, pixel_columns, bits, n, flags, is_current, sop_class, transfer_syntax, sop_uid, "
                          "dataset_sha256, prefix_sha256, "
                          "chunk_crc32c from batch",
                          rows));
    return {};
  }

  Result<> write_series() {
    db::Batch rows(
        {{"id", Type::integer}, {"added", Type::integer}, {"bytes", Type::integer}, {"flags", Type::integer}});
    for (const auto& [key, series] : series_) {
      if (series.added == 0 && series.bytes == 0 && series.flags == Flags()) continue;
      rows.add({series.id, series.added, series.bytes, static_cast<std::int64_t>(series.flags.bits())});
    }
    if (rows.empty()) return {};
    TRY(transaction_.bulk(
        "update series set instance_count = instance_count + b.added, size_bytes = size_bytes + b.bytes, "
        "flags = series.flags | b.flags from batch b where series.id = b.id",
        rows));
    return {};
  }

  Result<> write_studies() {
    db::Batch rows({{"id", Type::integer},
                    {"added", Type::integer},
                    {"bytes", Type::integer},
                    {"series_added", Type::integer},
                    {"flags", Type::integer},
                    {"last_received_at", Type::integer},
                    {"received_at", Type::integer},
                    {"session_id", Type::integer},
                    {"source", Type::text},
                    {"calling_ae", Type::text},
                    {"called_ae", Type::text},
                    {"patient_id", Type::text},
                    {"issuer", Type::text},
                    {"patient_name", Type::text},
                    {"birth_date", Type::text},
                    {"sex", Type::text},
                    {"accession_number", Type::text},
                    {"study_date", Type::text},
                    {"study_day", Type::date},
                    {"study_time", Type::text},
                    {"study_id", Type::text},
                    {"description", Type::text},
                    {"referring", Type::text},
                    {"modality", Type::text}});
    for (const auto& [uid, study] : studies_) {
      if (!study.changed) continue;
      const SpooledInstance& item = *study.first;
      const Attributes& a = *item.attributes;
      rows.add({study.id,
                study.added,
                study.bytes,
                study.series_added,
                static_cast<std::int64_t>(study.flags.bits()),
                study.last_received_at,
                item.kept_at,
                item.session.id.get(),
                item.session.source,
                db::text_or_null(item.session.calling_ae),
                db::text_or_null(item.session.called_ae),
                column(a.patient_id.reveal()),
                column(a.issuer_of_patient_id.reveal()),
                column(a.patient_name.reveal()),
                column(a.patient_birth_date.reveal()),
                column(a.patient_sex.reveal()),
                column(a.accession_number.reveal()),
                column(a.study_date),
                iso_day(a.study_date),
                column(a.study_time),
                column(a.study_id),
                column(a.study_description.reveal()),
                column(a.referring_physician.reveal()),
                column(a.modality)});
    }
    if (rows.empty()) return {};
    // The first instance describes the study; what a later one says differently is told by its flags.
    TRY(transaction_.bulk(
        "update studies set instance_count = instance_count + b.added, size_bytes = studies.size_bytes + b.bytes, "
        "series_count = series_count + b.series_added, flags = studies.flags | b.flags, "
        "last_received_at = case when b.last_received_at > studies.last_received_at then b.last_received_at else "
        "studies.last_received_at end, "
        "received_at = case when studies.received_at = 0 then b.received_at else studies.received_at end, "
        "session_id = case when studies.session_id = 0 then b.session_id else studies.session_id end, "
        "updated_at = $1, source = coalesce(studies.source, b.source), calling_ae = coalesce(studies.calling_ae, "
        "b.calling_ae), "
        "called_ae = coalesce(studies.called_ae, b.called_ae), patient_id = coalesce(studies.patient_id, "
        "b.patient_id), "
        "issuer_of_patient_id = coalesce(issuer_of_patient_id, b.issuer), patient_name = "
        "coalesce(studies.patient_name, b.patient_name), "
        "patient_birth_date = coalesce(patient_birth_date, b.birth_date), patient_sex = coalesce(patient_sex, b.sex), "
        "accession_number = coalesce(studies.accession_number, b.accession_number), study_date = "
        "coalesce(studies.study_date, b.study_date), "
        "study_day = coalesce(studies.study_day, b.study_day), study_time = coalesce(studies.study_time, "
        "b.study_time), "
        "study_id = coalesce(studies.study_id, b.study_id), study_description = coalesce(study_description, "
        "b.description), "
        "referring_physician = coalesce(referring_physician, b.referring), modality = coalesce(studies.modality, "
        "b.modality) "
        "from batch b where studies.id = b.id",
        rows, {now_}));
    return {};
  }

  Result<> write_settling() {
    db::Batch rows({{"study_id", Type::integer},
                    {"session_id", Type::integer},
                    {"source", Type::text},
                    {"calling_ae", Type::text}});
    for (const auto& [uid, study] : studies_) {
      if (!study.opens) continue;
      const Session& session = study.opened_by->session;
      rows.add({study.id, session.id.get(), session.source, db::text_or_null(session.calling_ae)});
    }
    if (rows.empty()) return {};
    TRY(
        transaction_.bulk("insert into settling(study_id, activity, dirty_at, session_id, source, calling_ae) "
                          "select study_id, 1, $1, session_id, source, calling_ae from batch where true "
                          "on conflict(study_id) do update set activity = settling.activity + 1, closed = false",
                          rows, {now_}));
    return {};
  }

  Result<> write_origins() {
    std::map<std::pair<std::string, std::string>, std::string> origins;
    for (const SpooledInstance& item : batch_) {
      if (!item.origin_resource.empty()) origins[{item.session.source, item.origin_resource}] = item.origin_tag;
    }
    db::Batch rows({{"source", Type::text}, {"resource", Type::text}, {"tag", Type::text}});
    for (const auto& [key, tag] : origins) rows.add({key.first, key.second, tag});
    if (rows.empty()) return {};
    TRY(transaction_.bulk(
        "insert into source_instances(source, resource, tag) select source, resource, tag from batch where true "
        "on conflict(source, resource) do update set tag = excluded.tag",
        rows));
    return {};
  }

  Result<> close_dead_letters() {
    db::Batch rows({{"id", Type::text}});
    for (const SpooledInstance& item : batch_) {
      if (item.replay_of) rows.add({item.replay_of->text()});
    }
    if (rows.empty()) return {};
    TRY(transaction_.bulk("update dead_letters set state = 2 where id in (select id from batch)", rows));
    return {};
  }

  Study& study_of(const SpooledInstance& item) { return studies_.at(item.attributes->study_uid.get()); }

  Sha256Digest last_current(const std::string& sop_uid, std::int64_t study_id) const {
    Sha256Digest found;
    for (const Known& version : known_.at(sop_uid)) {
      if (version.study_id == study_id && version.current) found = version.dataset;
    }
    return found;
  }

  struct Added {
    const SpooledInstance* item;
    int revision;
    std::int64_t series_id;
    int n;
    bool current;
    Flags flags;
  };

  db::Transaction& transaction_;
  std::span<const SpooledInstance> batch_;
  const std::set<std::string>& replaces_;
  MicrosUtc now_;
  std::map<std::string, Study> studies_;  // by UID: their locks are taken in this order
  std::unordered_map<std::int64_t, Study*> by_id_;
  std::map<std::pair<std::int64_t, std::string>, Series> series_;  // by study id and UID
  std::unordered_map<std::string, std::vector<Known>> known_;      // by SOP Instance UID
  std::vector<Added> added_;
  std::vector<std::int64_t> demoted_;
  Recording recording_;
};

}  // namespace

std::string_view name(Recorded recorded) {
  switch (recorded) {
    case Recorded::first:
      return "new";
    case Recorded::same:
      return "same";
    case Recorded::conflict:
      return "conflict";
    case Recorded::replaced:
      return "replaced";
    case Recorded::variant:
      return "variant";
  }
  return "new";
}

Recorder::Recorder(db::Database& database, const Clock& clock, std::set<std::string> replaces)
    : database_(database), clock_(clock), replaces_(std::move(replaces)) {}

Result<Recording> Recorder::record(std::span<const SpooledInstance> batch) {
  return database_.write([&](db::Transaction& transaction) -> Result<Recording> {
    Recording recording = TRY(BatchRecorder(transaction, batch, replaces_, clock_.now()).run());
    crash_point("record.before_commit");
    return recording;
  });
}

Result<std::vector<bool>> Recorder::known(std::span<const SpooledInstance> batch) {
  db::Batch rows({{"ordinal", Type::integer},
                  {"study_uid", Type::text},
                  {"sop_uid", Type::text},
                  {"dataset_sha256", Type::bytes}});
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const SpooledInstance& item = batch[i];
    rows.add({static_cast<std::int64_t>(i), item.attributes->study_uid.get(), item.attributes->sop_uid.get(),
              db::blob(item.fingerprint.dataset_sha256.view())});
  }
  std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found =
      TRY(transaction->bulk("select b.ordinal from batch b join studies s on s.study_instance_uid = b.study_uid join "
                            "versions v on v.study_id = s.id "
                            "and v.sop_uid = b.sop_uid and v.dataset_sha256 = b.dataset_sha256",
                            rows));
  std::vector<bool> answer(batch.size(), false);
  for (const db::Row& row : found) answer.at(static_cast<std::size_t>(row.integer(0))) = true;
  return answer;
}

}  // namespace dmw::catalog
