// Adopting: takes the studies of a store into a catalog that does not know them. Nothing is published by that.
// Revisions and event positions continue above those of the store. Every function here can be repeated.
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

/// Begins an adoption. Until it is finished, a start refuses this catalog.
Result<> begin_adoption(db::Database& database);

/// A study as the store describes it.
struct StoredStudy {
  StudyUid study;
  int revision = 0;                  // the highest of its manifests; 0: none
  int erased_revision = 0;           // of its newest tombstone; if equal to `revision`, the study is erased
  std::vector<ObjectKey> manifests;  // since its last erasure
  std::vector<ObjectKey> condemned;  // remaining objects of earlier, erased times
  /// Set if the event of its newest revision may not have reached Kafka. An erasure is then ordered again in this
  /// session, with the next revision.
  std::optional<Session> told_again_by{};

  bool is_erased() const { return revision > 0 && erased_revision == revision; }
};
struct AdoptedStudy {
  std::int64_t id = 0;
  int life = 0;  // revision of its newest erasure; see Lives in recording.h
  bool is_erased = false;
};
/// Creates the study's row, or raises its revision. Rows from before an erasure that the store knows are removed. A new
/// row is a tombstone; the first recorded instance brings the study back. The result is erased if the store says so, or
/// if the catalog says so of a revision that the store does not know.
Result<AdoptedStudy> adopt_study(db::Database& database, const StoredStudy& study, MicrosUtc now,
                                 MicrosUtc objects_go_at);

/// The objects of the study's versions.
Result<std::set<ObjectKey>> recorded_objects(db::Database& database, std::int64_t study_id, const StudyUid& study);

/// Notes that the instances with these SOP Instance UIDs were published in `revision` or before. If the study has no
/// others, it has nothing to publish. The study counts as not erased, even if none of its instances could be recorded.
Result<> are_published(db::Database& database, std::int64_t study_id, int revision,
                       std::span<const std::string> sop_uids);

/// The sum of the revisions of all studies.
Result<std::int64_t> count_revisions(db::Database& database);

/// Ends the adoption: the catalog belongs to the store. Later events come after `position`, later settlers after
/// `epoch`, and take_turn() continues from `turn`.
Result<> finish_adoption(db::Database& database, const std::string& store_id, std::int64_t position, std::int64_t epoch,
                         std::int64_t turn);

}  // namespace dmw::catalog
