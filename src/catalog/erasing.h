// Erasing: a study goes for good, and everything that has to be told and removed for it survives a crash.
//
// The order is one transaction: the study's rows go, its row stays as a tombstone, its objects are on the list of what
// is to be removed, and an erasure waits to be told. The settler tells it as the study's next revision; housekeeping
// removes the objects when their time has come. What is sent again meanwhile is a new life of the study. The revision
// of an erasure is the number of the life that begins with it: no two are the same, also when none of them is told yet.
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

/// The first erasure of each study that no event tells of yet, as the revision that is to tell of it: without
/// instances. The next one of the same study follows once that is published. A row that cannot be read is named, and
/// holds up no other.
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

/// Before every object, or behind one: they go in this order.
struct RemovalPlace {
  MicrosUtc due_at = std::numeric_limits<MicrosUtc>::min();
  std::string key{};
};
/// What became of some objects whose time has come.
struct Removals {
  struct Postponed {
    ObjectKey key;
    Error why;
    int attempts = 0;
    bool is_news = true;  // it did not fail so the last time
  };
  std::size_t removed = 0;
  std::vector<Postponed> postponed;                    // these wait longer after each attempt, up to an hour
  std::vector<std::pair<ObjectKey, Error>> refused{};  // their rows stay as they are: the database refuses a change
  std::optional<RemovalPlace> last{};                  // that was tried
};
/// Removes one object. Nothing: it is gone. An error inside: this one stays for now. Errors: nothing can be removed
/// now.
using RemoveObject = std::function<Result<std::optional<Error>>(const ObjectKey&)>;

/// Removes at most `limit` objects behind `after` whose time has come and whose erasure is published, and forgets them;
/// so the store has the manifest that says that the study is erased before its objects go. An object that cannot be
/// removed is postponed alone. One that is removed and not forgotten when the process ends is removed once more. Any
/// process: each object is locked while it goes, and a process whose lock was lost removes nothing more. Where the
/// database refuses a row, each goes in a transaction of its own, until many were refused. Errors: those of `remove`
/// and of the database as a whole.
Result<Removals> remove_erased(db::Database& database, MicrosUtc now, std::size_t limit, const RemovalPlace& after,
                               const RemoveObject& remove);
/// Objects that could not be removed and wait for another attempt.
Result<std::int64_t> count_postponed_removals(db::Database& database);
/// These stay: takes them off the list. Waits for a removal of the same that is under way.
Result<> reprieve(db::Database& database, std::span<const ObjectKey> keys);
Result<> reprieve(db::Transaction& transaction, std::span<const ObjectKey> keys);

}  // namespace dmw::catalog
