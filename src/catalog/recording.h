// record: a batch of spooled instances becomes versions, series and studies in one transaction (rules 2 and 4).
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/spooled_instance.h"

namespace dmw::catalog {

/// What an instance was, when it met what is already known.
enum class Recorded {
  first,     ///< the first version of its instance
  same,      ///< this dataset is recorded already: nothing changed
  conflict,  ///< another dataset in the same transfer syntax: kept as a further version
  replaced,  ///< as conflict, from a source that holds one truth: now the current version
  variant,   ///< the same instance in another transfer syntax: kept, opens no revision
};
std::string_view name(Recorded recorded);

struct Recording {
  std::vector<Recorded> outcomes;  // one an instance, in the order given
  std::vector<StudyUid> touched;   // studies that have something to tell
};

/// One thread. At most 300 instances a call; each has attributes.
class Recorder {
 public:
  /// `replaces`: the sources that hold one truth (rule 2).
  Recorder(db::Database& database, const Clock& clock, std::set<std::string> replaces);

  /// Idempotent: the same batch again is all `same`. Errors: data (some row is refused: bisect), and those of the
  /// database.
  Result<Recording> record(std::span<const SpooledInstance> batch);

  /// Which of these are recorded already, with this very dataset; one answer an instance.
  Result<std::vector<bool>> known(std::span<const SpooledInstance> batch);

 private:
  db::Database& database_;
  const Clock& clock_;
  std::set<std::string> replaces_;
};

}  // namespace dmw::catalog
