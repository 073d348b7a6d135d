// AssociationLog: notes on associations for the catalog, held in memory until a worker writes them. So an association
// never waits for the catalog, and an outage of the catalog costs only detail.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/associations.h"

namespace dmw::dimse {

/// Any thread.
class AssociationLog {
 public:
  /// Catalog and clock outlive it.
  AssociationLog(db::Database& catalog, Metrics& metrics, const Clock& clock);

  /// Adds to the counters of this caller until they are written. Beyond `pending_max` callers, new ones are dropped and
  /// counted.
  void note(catalog::Caller activity);
  /// Notes an association that did not end well. Identical ones until the next write become one row with a count;
  /// beyond `pending_max` rows the oldest are dropped and counted. A host that never sent an AE title may be a port
  /// scanner: its first association is noted at once, identical ones within `nameless_interval` follow at the end of
  /// that time as one row with a count; beyond `nameless_max` such hosts they are dropped and counted. Each such row is
  /// also a log line, because the host may be a modality of ours whose address is missing in DIMSE_CALLERS.
  void note(catalog::Association ended);

  /// Writes all pending notes. Returns false: there is no further work. Errors: those of the catalog; the notes are
  /// then kept for the next pass. A note that the catalog refuses is dropped and counted; the others are written. A
  /// pass ends early after several refusals.
  Result<bool> pass();
  /// As pass(), and also writes the notes that still wait for the end of their interval. For the end of the program.
  Result<bool> finish();

  static constexpr std::size_t pending_max = 1'000;
  static constexpr std::size_t nameless_max = 100;
  static constexpr std::chrono::hours nameless_interval{1};

 private:
  struct Pending {
    std::map<std::pair<std::string, std::string>, catalog::Caller> callers;  // by source and AE title
    std::deque<catalog::Association> ended;
  };
  /// An association that was noted, and the identical ones after it.
  struct Nameless {
    Monotonic told_at;
    std::optional<catalog::Association> again{};
  };
  void add_nameless(catalog::Association ended);
  void tell_nameless(Monotonic until);
  void add(catalog::Caller activity);
  void add(catalog::Association ended);
  Result<> write(Pending& pending, std::optional<Error>& refused);
  void tell(catalog::Association nameless);

  db::Database& catalog_;
  Counter& dropped_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the members below
  Pending pending_;
  std::map<std::pair<std::string, std::string>, Nameless> nameless_;  // by peer and reason
};

}  // namespace dmw::dimse
