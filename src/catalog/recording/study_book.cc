#include "catalog/recording/study_book.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "catalog/activity.h"
#include "catalog/recording/descriptions.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {

using db::Type;

namespace {

/// Where a study came from and what describes it, as the first instance of a batch says.
std::vector<db::Batch::Column> first_columns() {
  std::vector<db::Batch::Column> columns = {{"received_at", Type::integer}, {"correlation_id", Type::text},
                                            {"session_id", Type::integer},  {"source", Type::text},
                                            {"calling_ae", Type::text},     {"called_ae", Type::text}};
  std::ranges::copy(study_columns(), std::back_inserter(columns));
  return columns;
}

db::Values first_values(const SpooledInstance& item, const Attributes& description, const std::string& patient_id) {
  db::Values values = {
      item.kept_at,        item.session.correlation_id.text(),        item.session.id.get(),
      item.session.source, db::text_or_null(item.session.calling_ae), db::text_or_null(item.session.called_ae)};
  const std::size_t patient = values.size();
  std::ranges::move(study_values(description), std::back_inserter(values));
  values[patient] = column(patient_id);
  return values;
}

std::vector<db::Batch::Column> counted_columns() {
  std::vector<db::Batch::Column> columns = {{"id", Type::integer},         {"added", Type::integer},
                                            {"bytes", Type::integer},      {"series_added", Type::integer},
                                            {"more_flags", Type::integer}, {"last_at", Type::integer}};
  std::ranges::move(first_columns(), std::back_inserter(columns));
  return columns;
}

db::Values counted_values(const StudyEntry& study, const Attributes& description) {
  db::Values row = {study.id,
                    study.added,
                    study.bytes,
                    study.series_added,
                    static_cast<std::int64_t>(study.flags.bits()),
                    study.last_received_at};
  // The patient is the first that is named, by whichever instance.
  std::ranges::move(first_values(*study.first, description, study.patient_id), std::back_inserter(row));
  return row;
}

}  // namespace

bool StudyEntry::names_another_patient(const std::string& patient) {
  const bool another = described && !patient_id.empty() && !patient.empty() && patient != patient_id;
  if (!described || patient_id.empty()) patient_id = patient;
  described = true;
  return another;
}

void StudyEntry::correct(const SpooledInstance& by) {
  corrected = &by;
  patient_id = by.header->patient_id.reveal();
}

StudyBook::StudyBook(db::Transaction& transaction, std::span<const SpooledInstance> batch) : transaction_(transaction) {
  for (const SpooledInstance& item : batch) {
    StudyEntry& study = studies_[item.header->study_uid.get()];
    if (study.first == nullptr) study.first = &item;
  }
}

Result<> StudyBook::lock() {
  TRY(select());
  std::vector<StudyEntry*> missing;
  for (auto& [uid, study] : studies_) {
    if (study.id == 0) missing.push_back(&study);
  }
  const std::vector<std::int64_t> ids = TRY(transaction_.reserve_ids("studies", missing.size()));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    missing[i]->id = ids[i];
    missing[i]->is_new = true;
    by_id_[ids[i]] = missing[i];
  }
  return {};
}

Result<> StudyBook::select() {
  db::Batch uids({{"uid", Type::text}});
  for (const auto& [uid, study] : studies_) uids.add({uid});
  const db::Rows rows = TRY(transaction_.bulk(
      "select id, study_instance_uid, revision, erased_revision, patient_id, instance_count from studies "
      "where study_instance_uid = {any uid} order by study_instance_uid {for_update}",
      uids));
  for (const db::Row& row : rows) {
    StudyEntry& study = studies_.at(row.text(1));
    study.id = row.integer(0);
    study.life = static_cast<int>(row.integer(3));
    // An erasure that no event tells of yet takes the next number for itself.
    study.open_revision = std::max(static_cast<int>(row.integer(2)), study.life) + 1;
    study.patient_id = row.text(4);
    study.described = row.integer(5) > 0;
    by_id_[study.id] = &study;
  }
  return {};
}

Result<> StudyBook::write(MicrosUtc now) {
  TRY(insert(now));
  TRY(write_corrections());
  return update(now);
}

/// Whole, and once: each of the many indexes of the table gets one entry.
Result<> StudyBook::insert(MicrosUtc now) {
  std::vector<db::Batch::Column> columns = counted_columns();
  columns.push_back({"uid", Type::text});
  db::Batch rows(std::move(columns));
  for (const auto& [uid, study] : studies_) {
    if (!study.is_new) continue;
    const SpooledInstance& described_by = study.corrected != nullptr ? *study.corrected : *study.first;
    db::Values row = counted_values(study, described_by.header.attributes());
    row.emplace_back(uid);
    rows.add(std::move(row));
  }
  if (rows.empty()) return {};
  std::string names;
  for (const db::Batch::Column& column : first_columns()) names += format(", {}", column.name);
  const db::Rows inserted = TRY(transaction_.bulk(
      format("insert into studies(id, study_instance_uid, instance_count, size_bytes, series_count, flags, "
             "last_received_at, updated_at{0}) select id, uid, added, bytes, series_added, more_flags, last_at, $1{0} "
             "from batch where true on conflict(study_instance_uid) do nothing returning id",
             names),
      rows, {now}));
  if (inserted.size() == rows.size()) return {};
  TRY(expect_all(TRY(transaction_.bulk("select 1 from studies where study_instance_uid = {any uid}", rows)), rows,
                 "studies"));
  return fail(Errc::retry, "another recorder has made a study of this batch");
}

Result<> StudyBook::update(MicrosUtc now) {
  std::string described;
  for (const db::Batch::Column& column : study_columns()) {
    described += format(", {0} = coalesce(studies.{0}, b.{0})", column.name);
  }
  db::Batch rows(counted_columns());
  for (const auto& [uid, study] : studies_) {
    if (study.changed && !study.is_new) rows.add(counted_values(study, study.first->header.attributes()));
  }
  TRY(change_all(
      transaction_, "studies",
      format("update studies set instance_count = instance_count + b.added, size_bytes = studies.size_bytes + b.bytes, "
             "series_count = series_count + b.series_added, flags = studies.flags | b.more_flags, "
             "last_received_at = case when b.last_at > studies.last_received_at then b.last_at else "
             "studies.last_received_at end, "
             "received_at = case when studies.received_at = 0 then b.received_at else studies.received_at end, "
             "session_id = case when studies.session_id = 0 then b.session_id else studies.session_id end, "
             "correlation_id = case when erased_at is null then studies.correlation_id else b.correlation_id end, "
             "erased_at = null, updated_at = $1, source = coalesce(studies.source, b.source), "
             "calling_ae = coalesce(studies.calling_ae, b.calling_ae), called_ae = coalesce(studies.called_ae, "
             "b.called_ae){} from batch b where studies.id = b.id",
             described),
      "studies.erased_at is null and studies.updated_at = $1", rows, {now}));
  return {};
}

/// Before the rest, which fills what a correction leaves empty.
Result<> StudyBook::write_corrections() {
  Descriptions corrected;
  for (const auto& [uid, study] : studies_) {
    if (study.corrected != nullptr && !study.is_new) corrected.emplace(study.id, &study.corrected->header.attributes());
  }
  return overwrite_studies(transaction_, corrected);
}

Result<> StudyBook::write_settling(MicrosUtc now) {
  db::Batch rows(
      {{"study_id", Type::integer}, {"session_id", Type::integer}, {"source", Type::text}, {"calling_ae", Type::text}});
  for (const auto& [uid, study] : studies_) {
    if (study.opened_by == nullptr) continue;
    const Session& newest = study.newest->session;
    rows.add({study.id, study.opened_by->session.id.get(), newest.source, db::text_or_null(newest.calling_ae)});
  }
  return raise_activity(transaction_,
                        "insert into settling(study_id, activity, dirty_at, session_id, source, calling_ae) "
                        "select study_id, 1, $1, session_id, source, calling_ae from batch where true "
                        "on conflict(study_id) do update set activity = settling.activity + 1, closed = false, "
                        "source = excluded.source, calling_ae = excluded.calling_ae",
                        rows, now);
}

}  // namespace dmw::catalog
