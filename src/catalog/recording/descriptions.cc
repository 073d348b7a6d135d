#include "catalog/recording/descriptions.h"

#include <array>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;
using Column = db::Batch::Column;

constexpr std::array of_study = std::to_array<Column>({{"patient_id", Type::text},
                                                       {"issuer_of_patient_id", Type::text},
                                                       {"patient_name", Type::text},
                                                       {"patient_birth_date", Type::text},
                                                       {"patient_sex", Type::text},
                                                       {"accession_number", Type::text},
                                                       {"study_date", Type::text},
                                                       {"study_day", Type::date},
                                                       {"study_time", Type::text},
                                                       {"study_id", Type::text},
                                                       {"study_description", Type::text},
                                                       {"referring_physician", Type::text},
                                                       {"modality", Type::text}});

constexpr std::array of_series = std::to_array<Column>({{"series_number", Type::integer},
                                                        {"modality", Type::text},
                                                        {"series_description", Type::text},
                                                        {"body_part", Type::text},
                                                        {"station", Type::text},
                                                        {"attributes", Type::json}});

Result<> overwrite(db::Transaction& transaction, std::string_view table, std::span<const Column> columns,
                   db::Values (*values)(const Attributes&), const Descriptions& descriptions) {
  if (descriptions.empty()) return {};
  std::vector<Column> named(columns.begin(), columns.end());
  named.push_back({"described", Type::integer});
  std::string set;
  for (const Column& column : columns) {
    set += format("{}{} = b.{}", set.empty() ? "" : ", ", column.name, column.name);
  }
  db::Batch rows(std::move(named));
  for (const auto& [id, attributes] : descriptions) {
    db::Values row = values(*attributes);
    row.emplace_back(id);
    rows.add(std::move(row));
  }
  TRY(write_all(transaction, table,
                format("update {} set {} from batch b where {}.id = b.described", table, set, table), rows));
  return {};
}

}  // namespace

std::span<const Column> study_columns() {
  return of_study;
}

db::Values study_values(const Attributes& a) {
  return {column(a.patient_id.reveal()),
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
          column(a.modality)};
}

std::span<const Column> series_columns() {
  return of_series;
}

db::Values series_values(const Attributes& a) {
  return {db::value_or_null(a.series_number),
          column(a.modality),
          column(a.series_description.reveal()),
          column(a.body_part),
          column(a.station_name),
          db::text_or_null(a.series_attributes)};
}

Result<> overwrite_studies(db::Transaction& transaction, const Descriptions& descriptions) {
  return overwrite(transaction, "studies", of_study, study_values, descriptions);
}

Result<> overwrite_series(db::Transaction& transaction, const Descriptions& descriptions) {
  return overwrite(transaction, "series", of_series, series_values, descriptions);
}

Result<> FirstInstances::find(db::Transaction& transaction, const std::set<std::int64_t>& study_ids) {
  if (study_ids.empty()) return {};
  db::Batch ids({{"id", Type::integer}});
  for (const std::int64_t id : study_ids) ids.add({id});
  // Sorted by age: the first series here of a study is the oldest one of the study.
  const db::Rows rows =
      TRY(transaction.bulk("select f.study_id, f.series_id, v.sop_uid from (select r.study_id as study_id, r.id as "
                           "series_id, min(v.id) as first from series r join versions v on v.series_id = r.id where "
                           "r.study_id = {any id} group by r.study_id, r.id) f join versions v on "
                           "v.id = f.first order by v.id",
                           ids));
  for (const db::Row& row : rows) {
    of_study_.emplace(row.integer(0), row.text(2));
    of_series_.emplace(row.integer(1), row.text(2));
  }
  return {};
}

FirstInstances::Describes FirstInstances::meet(std::int64_t study_id, std::int64_t series_id, const SopUid& sop_uid) {
  return {of_study_.emplace(study_id, sop_uid.get()).first->second == sop_uid.get(),
          of_series_.emplace(series_id, sop_uid.get()).first->second == sop_uid.get()};
}

}  // namespace dmw::catalog
