#include "catalog/studies.h"

#include <string_view>

#include "catalog/conditions.h"
#include "catalog/sinks.h"

namespace dmw::catalog {
namespace {

const std::string shown_columns =
    "s.id, s.study_instance_uid, s.correlation_id, s.patient_id, s.issuer_of_patient_id, s.patient_name, "
    "s.patient_birth_date, s.patient_sex, s.accession_number, s.referring_physician, s.study_description, s.study_id, "
    "s.study_date, s.study_time, s.modality, s.modalities, s.source, s.calling_ae, s.called_ae, s.revision, "
    "s.series_count, s.instance_count, s.size_bytes, s.flags, s.received_at, s.last_received_at, s.updated_at, "
    "r.position, case when t.study_id is null then 0 else 1 end, coalesce(" +
    std::string(published_position) + ", r.position), s.erased_at, s.study_day";

constexpr std::string_view version_columns =
    "v.id, s.study_instance_uid, r.series_uid, v.sop_uid, v.sop_class, v.transfer_syntax, v.instance_number, v.frames, "
    "v.rows, v.columns, v.n, v.current, v.revision, v.size_bytes, v.header_bytes, v.received_at, v.flags, "
    "v.dataset_sha256, v.prefix_sha256, v.chunk_crc32c from versions v join series r on r.id = v.series_id "
    "join studies s on s.id = v.study_id where ";

Flags flags_of(const db::Row& row, std::size_t column) {
  return Flags::from_bits(static_cast<std::uint32_t>(row.integer(column)));
}

std::optional<std::int64_t> number_or_nothing(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

StudyState state_of(const db::Row& row) {
  if (row.boolean(28)) return StudyState::settling;
  return row.is_null(27) || row.integer(27) <= row.integer(29) ? StudyState::published : StudyState::queued;
}

StudyRow study_of(const db::Row& row) {
  StudyRow study;
  study.id = row.integer(0);
  study.uid = StudyUid(row.text(1));
  study.correlation_id = row.text(2);
  study.patient_id = Private(row.text(3));
  study.issuer_of_patient_id = Private(row.text(4));
  study.patient_name = Private(row.text(5));
  study.patient_birth_date = Private(row.text(6));
  study.patient_sex = Private(row.text(7));
  study.accession_number = Private(row.text(8));
  study.referring_physician = Private(row.text(9));
  study.study_description = Private(row.text(10));
  study.study_id = row.text(11);
  study.study_date = row.text(12);
  study.study_time = row.text(13);
  study.modality = row.text(14);
  study.modalities = row.text(15);
  study.source = row.text(16);
  study.calling_ae = row.text(17);
  study.called_ae = row.text(18);
  study.revision = static_cast<int>(row.integer(19));
  study.series_count = row.integer(20);
  study.instance_count = row.integer(21);
  study.size_bytes = row.integer(22);
  study.flags = flags_of(row, 23);
  study.received_at = row.integer(24);
  study.last_received_at = row.integer(25);
  study.updated_at = row.integer(26);
  study.event_position = row.integer(27);
  study.state = state_of(row);
  if (!row.is_null(30)) study.erased_at = row.integer(30);
  study.study_day = row.text(31);
  return study;
}

/// An unreadable digest becomes all zeros, so that the list can still be read.
Sha256Digest digest_of(const db::Row& row, std::size_t column) {
  return Sha256Digest::from_bytes(row.bytes(column)).value_or(Sha256Digest());
}

VersionRow version_of(const db::Row& row) {
  VersionRow version;
  version.id = row.integer(0);
  version.study_uid = StudyUid(row.text(1));
  version.series_uid = SeriesUid(row.text(2));
  version.sop_uid = SopUid(row.text(3));
  version.sop_class = row.text(4);
  version.transfer_syntax = row.text(5);
  version.instance_number = number_or_nothing(row, 6);
  version.frames = number_or_nothing(row, 7);
  version.rows = number_or_nothing(row, 8);
  version.columns = number_or_nothing(row, 9);
  version.n = static_cast<int>(row.integer(10));
  version.current = row.boolean(11);
  version.revision = static_cast<int>(row.integer(12));
  version.size_bytes = static_cast<std::uint64_t>(row.integer(13));
  version.header_bytes = static_cast<std::uint64_t>(row.integer(14));
  version.received_at = row.integer(15);
  version.flags = flags_of(row, 16);
  version.dataset_sha256 = digest_of(row, 17);
  version.prefix_sha256 = digest_of(row, 18);
  version.chunk_crc32c = as_text(row.bytes(19));
  return version;
}

}  // namespace

std::string_view name(StudyState state) {
  switch (state) {
    case StudyState::settling:
      return "settling";
    case StudyState::queued:
      return "queued";
    case StudyState::published:
      return "published";
  }
  return "settling";
}

Result<std::vector<StudyRow>> Studies::select(const std::string& from, const std::string& conditions,
                                              db::Values parameters) {
  const std::string sql = std::string("select ")
                              .append(shown_columns)
                              .append(" from ")
                              .append(from)
                              .append(
                                  " left join settling t on t.study_id = s.id left join revisions r "
                                  "on r.study_id = s.id and r.revision = s.revision where ")
                              .append(conditions);
  std::vector<StudyRow> studies;
  for (const db::Row& row : TRY(database_.read(sql, parameters))) studies.push_back(study_of(row));
  return studies;
}

Result<std::optional<StudyRow>> Studies::get(const StudyUid& uid) {
  std::vector<StudyRow> found = TRY(select("studies s", "s.study_instance_uid = $1", {uid.get()}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<std::vector<SeriesRow>> Studies::series(std::int64_t study_id) {
  const db::Rows rows =
      TRY(database_.read("select series_uid, modality, series_number, series_description, body_part, station, "
                         "instance_count, size_bytes, flags from series where study_id = $1 and "
                         "instance_count > 0 order by series_number is null, series_number, series_uid",
                         {study_id}));
  std::vector<SeriesRow> series;
  for (const db::Row& row : rows) {
    series.push_back({SeriesUid(row.text(0)), row.text(1), number_or_nothing(row, 2), Private(row.text(3)), row.text(4),
                      row.text(5), row.integer(6), row.integer(7), flags_of(row, 8)});
  }
  return series;
}

Result<std::vector<VersionRow>> Studies::versions(std::int64_t study_id, const VersionFilter& filter) {
  Conditions where{"v.study_id = $1 and v.id > $2", {study_id, filter.after_id}};
  if (!filter.all_versions) where.sql += " and v.current";
  if (filter.several) {
    where.sql +=
        " and exists (select 1 from versions o where o.sop_uid = v.sop_uid and o.study_id = v.study_id and not "
        "o.current)";
  }
  if (filter.flags.bits() != 0) where.also_flags("v.flags", filter.flags);
  where.also_equal("r.series_uid", filter.series_uid);
  const std::string sql =
      std::string("select ").append(version_columns).append(where.sql) + " order by v.id" + where.limit(filter.limit);
  std::vector<VersionRow> versions;
  for (const db::Row& row : TRY(database_.read(sql, where.parameters))) versions.push_back(version_of(row));
  return versions;
}

Result<std::optional<VersionRow>> Studies::version(std::int64_t id) {
  const std::string sql = std::string("select ").append(version_columns).append("v.id = $1");
  const db::Rows found = TRY(database_.read(sql, {id}));
  if (found.empty()) return std::nullopt;
  VersionRow version = version_of(found[0]);
  if (version.dataset_sha256 == Sha256Digest())
    return fail(Errc::internal, "the digest in the row of this version cannot be read");
  return version;
}

Result<std::vector<RevisionRow>> Studies::revisions(std::int64_t study_id) {
  const db::Rows rows =
      TRY(database_.read("select r.revision, r.position, r.published_at, r.instance_count, r.instances_added, "
                         "r.size_bytes, r.flags, r.content_digest, s.correlation_id, s.source, s.calling_ae "
                         "from revisions r left join sessions s on s.id = r.session_id where r.study_id = $1 "
                         "order by r.revision desc limit 1000",
                         {study_id}));
  std::vector<RevisionRow> revisions;
  for (const db::Row& row : rows) {
    revisions.push_back({static_cast<int>(row.integer(0)), row.integer(1), row.integer(2), row.integer(3),
                         row.integer(4), row.integer(5), flags_of(row, 6), digest_of(row, 7), row.text(8), row.text(9),
                         row.text(10)});
  }
  return revisions;
}

}  // namespace dmw::catalog
