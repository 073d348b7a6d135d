// Settling: the dirty studies and their revisions, read and written by the settler.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "model/event.h"
#include "model/revision.h"

namespace dmw::catalog {

/// A study with versions that are in no revision yet.
struct Dirty {
  std::int64_t study_id = 0;
  std::int64_t activity = 0;  // rises with every change
  MicrosUtc dirty_at = 0;
  bool closed = false;  // its source said that it is complete for now
  std::string source;   // of the session of the newest version
  std::string calling_ae;
};

/// The dirty studies: those that their source closed first, then the oldest; at most `limit`.
Result<std::vector<Dirty>> dirty_studies(db::Database& database, std::size_t limit);
/// The number of instances of each study, in the given order: the cost of reading its revision.
Result<std::vector<std::int64_t>> count_instances(db::Database& database, std::span<const Dirty> studies);

/// The next revision of each study, read from one snapshot, by study id. Studies that are no longer dirty, or whose
/// erasure must be published first, are left out.
Result<std::vector<StudyRevision>> read_revisions(db::Database& database, std::span<const std::int64_t> study_ids);

/// A study whose revision cannot be read.
Result<std::string> study_uid_of(db::Database& database, std::int64_t study_id);

/// A revision with its event, ready to be published.
struct Settled {
  const StudyRevision* revision = nullptr;
  Event event;
};

/// The role of the settler in leaders.h.
inline constexpr const char* settler_role = "settler";

/// Writes revisions and their events in one transaction. They come from read_revisions() and untold_erasures(), at most
/// one for each study. A study that has changed since then is left out. `epoch`: of the caller's lease. Returns the ids
/// of the written studies. Errors: stale (another process leads; nothing is written, now or later), and those of the
/// database.
Result<std::vector<std::int64_t>> publish(db::Database& database, std::int64_t epoch, std::span<const Settled> settled);

/// Rehearses a correct revision (rehearsal.h). Errors: as there.
Result<> rehearse_publishing(db::Database& database, MicrosUtc now);

}  // namespace dmw::catalog
