// What the settler reads and writes: the studies that have something to tell, and their revisions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "model/event.h"
#include "model/revision.h"

namespace dmw::catalog {

/// A study that has versions which no revision tells of.
struct Dirty {
  std::int64_t study_id = 0;
  std::int64_t activity = 0;  // rises with every change
  MicrosUtc dirty_at = 0;
  bool closed = false;  // its source said that it is complete for now
  std::string source;   // of the session that brought the newest
  std::string calling_ae;
};

/// Those that their source closed first, then the oldest, at most `limit`.
Result<std::vector<Dirty>> dirty_studies(db::Database& database, std::size_t limit);
/// How many instances each of the studies has, in their order: what it costs to read its revision.
Result<std::vector<std::int64_t>> count_instances(db::Database& database, std::span<const Dirty> studies);

/// Everything that the next revision of each study tells, as of one snapshot, in the order of the study ids. Without
/// those that are not dirty any more, and those whose erasure is to be told first.
Result<std::vector<StudyRevision>> read_revisions(db::Database& database, std::span<const std::int64_t> study_ids);

/// Of a study whose revision cannot be read.
Result<std::string> study_uid_of(db::Database& database, std::int64_t study_id);

/// A revision with its event, ready to be published.
struct Settled {
  const StudyRevision* revision = nullptr;
  Event event;
};

/// The role of the one who publishes (leaders.h).
inline constexpr const char* settler_role = "settler";

/// Writes the revisions and their events in one transaction; a study that has moved on meanwhile is left out. Takes
/// what read_revisions and untold_erasures gave, at most one of a study. `epoch`: of the caller's lease, and of the
/// revisions.
/// Returns the study ids that were published. Errors: stale (another process leads: nothing of this is published, now
/// or later), and those of the database.
Result<std::vector<std::int64_t>> publish(db::Database& database, std::int64_t epoch, std::span<const Settled> settled);

/// Whether the catalog takes a revision with which nothing is wrong (rehearsal.h). Errors: as there.
Result<> rehearse_publishing(db::Database& database, MicrosUtc now);

}  // namespace dmw::catalog
