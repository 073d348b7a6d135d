// Erasing: removes a study for good. Its event and the removal of its objects survive a crash.
//
// The order is one transaction: the rows of the study are deleted, its own row becomes a tombstone, its objects are
// scheduled for removal, and an erasure waits for its event. The settler publishes it as the next revision of the
// study. Housekeeping removes the objects when they are due. If the study is sent again, it is a new study under the
// same UID; the revision of the erasure identifies it. Two erasures never have the same revision, even before they are
// published.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
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
  Session session;  // of the person who gives the order
  std::string actor;
  std::string reason;
  std::chrono::milliseconds grace{};  // before the objects are removed
};

struct Erased {
  int revision = 0;  // of the erasure
  std::int64_t instances = 0;
  std::int64_t size_bytes = 0;  // of the current versions
  std::int64_t objects = 0;     // objects to be removed, with manifests
  MicrosUtc objects_go_at = 0;
};

/// The effect that an order would have. Errors: as erase().
Result<Erased> foresee_erasure(db::Database& database, const EraseOrder& order, MicrosUtc now);
/// Erases a study, as described above. Errors: not_found (no such study), gone (already erased), and those of the
/// database.
Result<Erased> erase(db::Database& database, const EraseOrder& order, MicrosUtc now);

/// Which of the studies are erased, and were not sent again since.
Result<std::set<std::string>> which_are_erased(db::Database& database, std::span<const std::string> study_uids);

/// The first unpublished erasure of each study, as a revision without instances. The next one of the same study follows
/// when that is published. A row that cannot be read is returned as such and does not hold up others.
struct UntoldErasures {
  struct Unreadable {
    std::int64_t study_id = 0;
    std::string study_uid;
    Error why;
  };
  std::vector<StudyRevision> revisions;
  std::vector<Unreadable> unreadable;
};
Result<UntoldErasures> untold_erasures(db::Database& database, std::size_t limit);

/// A place in the order of removals: before all objects, or after one.
struct RemovalPlace {
  MicrosUtc due_at = std::numeric_limits<MicrosUtc>::min();
  std::string key{};
};
/// The result of a removal of due objects.
struct Removals {
  struct Postponed {
    ObjectKey key;
    Error why;
    int attempts = 0;
    bool is_news = true;  // another reason than at the last attempt
  };
  std::size_t removed = 0;
  std::vector<Postponed> postponed;  // could not be removed; wait longer after each attempt, up to an hour
  std::vector<std::pair<ObjectKey, Error>> refused{};  // the database refuses a change of their rows, which stay
  std::optional<RemovalPlace> last{};                  // the last object that was tried
};
/// Removes one object. Returns nothing on success, or the reason why this object stays for now. Errors: no object can
/// be removed now.
using RemoveObject = std::function<Result<std::optional<Error>>(const ObjectKey&)>;

/// Removes at most `limit` due objects after `after`, and their rows. The erasure of an object must be published, so
/// the store has the manifest of the erasure before its objects go. An object that cannot be removed is postponed
/// alone. An object that was removed when the process ended before its row was deleted is removed again. Several
/// processes may call this: each object is locked during its removal, and a process that lost a lock removes nothing
/// more. If the database refuses a row, the objects go in one transaction each, until many are refused. Errors: those
/// of `remove`, and of the database as a whole.
Result<Removals> remove_erased(db::Database& database, MicrosUtc now, std::size_t limit, const RemovalPlace& after,
                               const RemoveObject& remove);
/// The number of objects that could not be removed and wait for another attempt.
Result<std::int64_t> count_postponed_removals(db::Database& database);
/// Cancels the removal of these objects. Waits for a running removal of one of them.
Result<> reprieve(db::Database& database, std::span<const ObjectKey> keys);
Result<> reprieve(db::Transaction& transaction, std::span<const ObjectKey> keys);

}  // namespace dmw::catalog
