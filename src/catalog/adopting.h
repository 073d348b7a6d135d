// Adopting: the studies of a store come into a catalog that does not know them. Nothing of it is announced; revisions
// and event positions go on above what the store knows. Every act here may be done again.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/object_key.h"
#include "model/session.h"
#include "model/uid.h"

namespace dmw::catalog {

/// From now on no start takes the catalog until the adoption is finished.
Result<> begin_adoption(db::Database& database);

/// A study as the store tells it.
struct StoredStudy {
  StudyUid study;
  int revision = 0;                  // the highest that a manifest has; 0: none was published
  int erased_revision = 0;           // of its newest tombstone; equal to `revision`: it is erased
  std::vector<ObjectKey> manifests;  // of the life that is there
  std::vector<ObjectKey> condemned;  // what is left of lives that were erased
  /// Set when the event of its newest revision may not have left the catalog that wrote it: an erasure is ordered anew,
  /// with the next revision, in this session.
  std::optional<Session> told_again_by{};

  bool is_erased() const { return revision > 0 && erased_revision == revision; }
};
struct AdoptedStudy {
  std::int64_t id = 0;
  int life = 0;  // the revision of its newest erasure, as recording knows it
  bool is_erased = false;
};
/// Makes the study's row, or raises its revision. Rows of a life that the store knows to be erased go. A new row is a
/// tombstone; the first instance that is recorded brings the study back. Erased: so the store says, or so the catalog
/// does of a revision that the store does not know.
Result<AdoptedStudy> adopt_study(db::Database& database, const StoredStudy& study, MicrosUtc now,
                                 MicrosUtc objects_go_at);

/// The objects of its versions.
Result<std::set<ObjectKey>> recorded_objects(db::Database& database, std::int64_t study_id, const StudyUid& study);

/// The study's instances with these SOP Instance UIDs were published in `revision` or before. When it has no others,
/// there is nothing to publish. It is not erased, also when nothing of it could be recorded.
Result<> are_published(db::Database& database, std::int64_t study_id, int revision,
                       std::span<const std::string> sop_uids);

/// How many revisions all studies have had.
Result<std::int64_t> count_revisions(db::Database& database);

/// The catalog belongs to the store from now on. Events come behind `position`, settlers after `epoch`; it counts on
/// from `turn`.
Result<> finish_adoption(db::Database& database, const std::string& store_id, std::int64_t position, std::int64_t epoch,
                         std::int64_t turn);

}  // namespace dmw::catalog
