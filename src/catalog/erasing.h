// Erasing: a study goes for good, and everything that has to be told and removed for it survives a crash.
//
// The order is one transaction: the study's rows go, its row stays as a tombstone, its objects are on the list of what
// is to be removed, and an erasure waits to be told. The settler tells it as the study's next revision; housekeeping
// removes the objects when their time has come. What is sent again meanwhile is a new life of the study.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/object_key.h"
#include "model/revision.h"
#include "model/session.h"

namespace dmw::catalog {

struct EraseOrder {
  StudyUid study;
  Session session;  // of the person who orders it
  std::string actor;
  std::string reason;
  std::chrono::milliseconds grace{};  // for the objects
};

struct Erased {
  int revision = 0;  // that tells of it
  std::int64_t instances = 0;
  std::int64_t size_bytes = 0;  // of the current versions
  std::int64_t objects = 0;     // that go, manifests included
  MicrosUtc objects_go_at = 0;
};

/// What an order would do. Errors: as erase().
Result<Erased> foresee_erasure(db::Database& database, const EraseOrder& order, MicrosUtc now);
/// Errors: not_found (there is no such study), gone (it is erased already), and those of the database.
Result<Erased> erase(db::Database& database, const EraseOrder& order, MicrosUtc now);

/// Those of the studies that are erased, and that nobody has sent again since.
Result<std::set<std::string>> which_are_erased(db::Database& database, std::span<const std::string> study_uids);

/// Erasures that no event tells of yet, as the revisions that are to tell of them: without instances.
Result<std::vector<StudyRevision>> untold_erasures(db::Database& database, std::size_t limit);

/// Removes objects whose time has come, at most `limit`, and then forgets them; returns how many. One that is removed
/// and not forgotten when the process ends is removed once more. Errors: those of `remove` and of the database.
Result<std::size_t> remove_erased(db::Database& database, MicrosUtc now, std::size_t limit,
                                  const std::function<Result<>(const ObjectKey&)>& remove);
/// These stay: takes them off the list. Waits for a removal of the same that is under way.
Result<> reprieve(db::Database& database, std::span<const ObjectKey> keys);

}  // namespace dmw::catalog
