// record: a batch of spooled instances becomes versions, series and studies in one transaction. The same batch again
// changes nothing.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/flags.h"
#include "model/spooled_instance.h"

namespace dmw::catalog {

/// What an instance was, when it met what is already known.
enum class Recorded {
  first,     ///< the first version of its instance
  same,      ///< this dataset is recorded already: nothing changed
  conflict,  ///< another dataset in a transfer syntax that is known: kept as a further version
  replaced,  ///< now the current version: from a source that holds one truth, or whole where the current one is cut
  variant,   ///< the same instance in another transfer syntax: kept, opens no revision
};
std::string_view name(Recorded recorded);

/// Something that a person should look at: instances of one study with the flag `patient_mismatch` or `conflict`.
struct Doubt {
  StudyUid study;
  Flag flag = Flag::conflict;
  std::int64_t instances = 0;
  SopUid sop;          // the first of them
  std::string source;  // and where it came from
  std::string origin;
};

struct Recording {
  std::vector<Recorded> outcomes;     // one an instance, in the order given
  std::vector<StudyUid> touched;      // studies that have something to tell
  std::vector<std::int64_t> arrived;  // numbers of dead letters of things to fetch, closed because these arrived
  std::vector<Doubt> doubts;          // one a study and flag
};

/// Of each study that was ever erased: the revision that says so the last time.
using Lives = std::map<std::string, int>;  // by Study Instance UID

/// What the catalog says of a batch before its bytes go to the store.
struct Standing {
  std::vector<bool> known;  // one an instance: recorded already, with this very dataset
  std::vector<bool> away;   // one an instance: not to be recorded, see keep_away() of unasked.h
  Lives lives;
};

/// At most 300 instances a call; each has attributes. One thread records at a time; any may look up beside it.
class Recorder {
 public:
  /// `replaces`: sources that hold one truth: another dataset that one of them sends for a known instance becomes
  /// current. From any other source it is a conflict, and the first version stays current.
  Recorder(db::Database& database, const Clock& clock, std::set<std::string> replaces);

  /// Objects of this batch that an erasure has on its list of what is to go are off it when this returns: what is put
  /// from now on stays.
  Result<Standing> look_up(std::span<const SpooledInstance> batch);

  /// Idempotent: the same batch again is all `same`. `lives`: as look_up gave them before the bytes were put.
  /// Errors: data, refused, internal (some row is refused, or all are: rehearse, then bisect), gone (a study was erased
  /// since look_up, and what is in the store may be about to go: look it up and put it again), and those of the
  /// database.
  Result<Recording> record(std::span<const SpooledInstance> batch, const Lives& lives = {});

  /// Whether the catalog takes an instance with which nothing is wrong: one that nobody sent, of a study of its own, in
  /// a transaction that is rolled back. What it refuses then it refuses to all: that is an outage of the catalog and no
  /// fault of an instance. Any thread. Errors: unavailable, in words that name the table and the rule, and those of the
  /// database.
  Result<> rehearse();

 private:
  db::Database& database_;
  const Clock& clock_;
  std::set<std::string> replaces_;
};

}  // namespace dmw::catalog
