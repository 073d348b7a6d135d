// Queries about studies, read-only, one query per call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/private.h"
#include "db/database.h"
#include "model/flags.h"
#include "model/object_key.h"
#include "model/uid.h"

namespace dmw::catalog {

/// How far a study is published.
enum class StudyState {
  settling,   ///< it has changes that are in no revision yet
  queued,     ///< its newest event waits for a required sink
  published,  ///< all required sinks have its newest event, and there is no newer change
};
std::string_view name(StudyState state);

struct StudyRow {
  std::int64_t id = 0;
  StudyUid uid;
  std::string correlation_id;
  Private<std::string> patient_id;
  Private<std::string> issuer_of_patient_id;
  Private<std::string> patient_name;
  Private<std::string> patient_birth_date;
  Private<std::string> patient_sex;
  Private<std::string> accession_number;
  Private<std::string> referring_physician;
  Private<std::string> study_description;
  std::string study_id;
  std::string study_date;
  std::string study_day;  // study_date in ISO 8601; empty if it is not a date
  std::string study_time;
  std::string modality;
  std::string modalities;  // of the newest revision, joined with a backslash
  std::string source;
  std::string calling_ae;
  std::string called_ae;
  int revision = 0;  // 0: there is none yet
  std::int64_t series_count = 0;
  std::int64_t instance_count = 0;
  std::int64_t size_bytes = 0;
  Flags flags;
  MicrosUtc received_at = 0;
  MicrosUtc last_received_at = 0;
  MicrosUtc updated_at = 0;
  std::int64_t event_position = 0;  // position of the event of the newest revision; 0: none
  StudyState state = StudyState::settling;
  std::optional<MicrosUtc> erased_at;  // set: only its UID and its revisions are left
};

/// Empty and absent members match any study.
struct StudyFilter {
  std::string patient_id{};
  std::string accession_number{};
  std::string modality{};
  std::string first_day{};  // range of the study date, ISO 8601, inclusive
  std::string last_day{};
  std::string source{};
  std::string calling_ae{};
  std::optional<MicrosUtc> updated_since{};
  Flags flags{};            // all of these
  std::int64_t cursor = 0;  // next_cursor() of the previous page; 0: from the beginning
  std::size_t limit = 100;
};

/// The cursor for the page after `last`.
std::int64_t next_cursor(const StudyFilter& filter, const StudyRow& last);

struct SeriesRow {
  SeriesUid uid;
  std::string modality;
  std::optional<std::int64_t> series_number;
  Private<std::string> description;
  std::string body_part;
  std::string station;
  std::int64_t instance_count = 0;
  std::int64_t size_bytes = 0;
  Flags flags;
};

/// A version of an instance, with everything that is needed to read its bytes.
struct VersionRow {
  std::int64_t id = 0;
  StudyUid study_uid;
  SeriesUid series_uid;
  SopUid sop_uid;
  std::string sop_class;
  std::string transfer_syntax;
  std::optional<std::int64_t> instance_number;
  std::optional<std::int64_t> frames;
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> columns;
  int n = 1;  // number of this version within its instance
  bool current = true;
  int revision = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t header_bytes = 0;
  MicrosUtc received_at = 0;
  Flags flags;
  Sha256Digest dataset_sha256;
  Sha256Digest prefix_sha256;
  std::string chunk_crc32c;  // 4 bytes, big endian, for each started MiB

  ObjectKey key() const { return instance_key(study_uid, sop_uid, dataset_sha256); }
};

struct VersionFilter {
  std::string series_uid{};   // empty: any
  bool all_versions = false;  // false: only the current ones
  bool several = false;       // only instances with more than one version
  Flags flags{};              // all of these
  std::int64_t after_id = 0;
  std::size_t limit = 100;
};

struct RevisionRow {
  int revision = 0;
  std::int64_t position = 0;
  MicrosUtc published_at = 0;
  std::int64_t instance_count = 0;
  std::int64_t instances_added = 0;
  std::int64_t size_bytes = 0;
  Flags flags;
  Sha256Digest content_digest;
  std::string correlation_id;  // correlation id of the session that began it, if still known
  std::string source;
  std::string calling_ae;
};

/// Any thread.
class Studies {
 public:
  explicit Studies(db::Database& database) : database_(database) {}

  /// The newest studies first, without erased ones. Order: by the hour of the last change if `updated_since` is set,
  /// otherwise by study date if days are set; then by id. In the order by hour, a study that changes while the pages
  /// are read moves to the front.
  Result<std::vector<StudyRow>> list(const StudyFilter& filter);
  Result<std::optional<StudyRow>> get(const StudyUid& uid);
  /// The series with a current instance, by series number, then UID.
  Result<std::vector<SeriesRow>> series(std::int64_t study_id);
  /// By id.
  Result<std::vector<VersionRow>> versions(std::int64_t study_id, const VersionFilter& filter);
  Result<std::optional<VersionRow>> version(std::int64_t id);
  /// The revisions, newest first, at most 1,000.
  Result<std::vector<RevisionRow>> revisions(std::int64_t study_id);

 private:
  Result<std::vector<StudyRow>> select(const std::string& from, const std::string& conditions, db::Values parameters);

  db::Database& database_;
};

}  // namespace dmw::catalog
