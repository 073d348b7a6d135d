// A revision: the numbered, published state of a study, with all data of its event and its manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/private.h"
#include "base/uuid.h"
#include "model/flags.h"
#include "model/session.h"
#include "model/uid.h"

namespace dmw {

/// One instance of a revision: its current version.
struct RevisionInstance {
  SeriesUid series_uid;
  SopUid sop_uid;
  std::string sop_class;
  std::string transfer_syntax;
  std::optional<std::int32_t> instance_number;
  std::uint64_t size_bytes = 0;
  Sha256Digest dataset_sha256;
  Flags flags;
};

struct RevisionSeries {
  SeriesUid uid;
  std::string modality;
  std::string body_part;
  std::optional<std::int32_t> series_number;
  std::int64_t instance_count = 0;
};

struct StudyRevision {
  std::int64_t study_id = 0;
  StudyUid study_uid;
  int revision = 0;
  int life_begins = 1;        // the first revision since the study was last erased
  std::int64_t activity = 0;  // activity counter of the study when this was read
  Session session;            // the session that began the revision
  MicrosUtc at = 0;
  std::int64_t epoch = 0;  // epoch of the settler that writes it
  std::int64_t log_position =
      0;  // position of the newest event before the revision is written; its own event gets a higher one

  Private<std::string> patient_id;
  Private<std::string> accession_number;
  Private<std::string> study_description;
  std::string modality;
  std::string study_date;
  std::vector<RevisionSeries> series;       // by series number, then UID
  std::vector<RevisionInstance> instances;  // in the order of their series, by instance number, then UID
  std::int64_t instances_added = 0;
  std::optional<MicrosUtc>
      first_kept_at;  // arrival of its first new instance; absent if nothing arrived, as after a promotion
  std::uint64_t size_bytes = 0;
  Flags flags;
  Sha256Digest content_digest;  // SHA-256 over the sorted dataset digests

  /// Whether it is the revision of an erasure.
  bool is_erasure() const { return instances.empty(); }
};

}  // namespace dmw
