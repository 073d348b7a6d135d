// Recorder: writes a batch of spooled instances as versions, series and studies in one transaction. Recording the same
// batch again changes nothing.
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

/// The result of an instance, compared with the known versions.
enum class Recorded {
  first,     ///< the first version of its instance
  same,      ///< this dataset is recorded already: nothing changed
  conflict,  ///< another dataset in a transfer syntax that is known: kept as a further version
  replaced,  ///< now the current version: from a source that holds one truth, or whole where the current one is cut
  variant,   ///< the same instance in another transfer syntax: kept, opens no revision
};
std::string_view name(Recorded recorded);

/// Instances of one study with the flag `patient_mismatch` or `conflict`, which a person should look at.
struct Doubt {
  StudyUid study;
  Flag flag = Flag::conflict;
  std::int64_t instances = 0;
  SopUid sop;          // the first of them
  std::string source;  // of that instance
  std::string origin;
};

struct Recording {
  std::vector<Recorded> outcomes;     // one for each instance, in the given order
  std::vector<StudyUid> touched;      // studies that became dirty
  std::vector<std::int64_t> arrived;  // numbers of the dead letters of stage fetch that these instances closed
  std::vector<Doubt> doubts;          // one for each study and flag
};

/// For each study that was ever erased: the revision of its last erasure.
using Lives = std::map<std::string, int>;  // by Study Instance UID

/// The catalog's answer about a batch before its files go to the store.
struct Standing {
  std::vector<bool> known;  // one for each instance: recorded already, with this dataset
  std::vector<bool> away;   // one for each instance: must not be recorded, see keep_away() in unasked.h
  Lives lives;
};

/// At most 300 instances in a call, each with attributes. One thread at a time records; any thread may look up
/// meanwhile.
class Recorder {
 public:
  /// `replaces`: sources whose newest dataset of an instance becomes current. From every other source another dataset
  /// is a conflict, and the first version stays current.
  Recorder(db::Database& database, const Clock& clock, std::set<std::string> replaces);

  /// Looks a batch up. If an erasure has scheduled objects of this batch for deletion, cancels those deletions. Objects
  /// that are stored after this call are kept.
  Result<Standing> look_up(std::span<const SpooledInstance> batch);

  /// Records a batch. Recording it again gives `same` for all. `lives`: from look_up(), before the files were stored.
  /// Errors: data, refused, internal (the database refuses some or all rows: rehearse, then bisect), gone (a study was
  /// erased since look_up, and its objects may be removed: look up and store the batch again), and those of the
  /// database.
  Result<Recording> record(std::span<const SpooledInstance> batch, const Lives& lives = {});

  /// Records correct instances of the program's own study in a transaction that is rolled back. If the database refuses
  /// them, it refuses every instance: this is an outage of the catalog, not a fault of an instance. Any thread. Errors:
  /// unavailable (refused; the sentence names the table and the rule), and those of the database.
  Result<> rehearse();

 private:
  db::Database& database_;
  const Clock& clock_;
  std::set<std::string> replaces_;
};

}  // namespace dmw::catalog
