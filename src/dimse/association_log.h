// AssociationLog: what the catalog shall know of associations, held in memory until a worker writes it, so that an
// association never waits for the catalog and a catalog that is away costs nothing but detail.
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

  /// Adds up until it is written. Beyond `pending_max` callers new ones are dropped and counted.
  void note(catalog::Caller activity);
  /// An association that did not end well. The same again within one writing is told once, with a count; beyond
  /// `pending_max` the oldest are dropped and counted. Whoever never said an AE title may be a scanner of ports: what
  /// such a host does is told at once, and what is the same again within `nameless_interval` at its end, with a count;
  /// beyond `nameless_max` of these in that time they are dropped and counted. The log has a line for each that is
  /// told: it may be a scanner of ours whose address DIMSE_CALLERS does not have.
  void note(catalog::Association ended);

  /// Writes what there is. False: there is never more at once. Errors: those of the catalog. A note that it refuses is
  /// dropped and counted, and keeps no other; so many that are refused end a pass. All else is tried again.
  Result<bool> pass();
  /// As pass(), with what would be told later: there is no later.
  Result<bool> finish();

  static constexpr std::size_t pending_max = 1'000;
  static constexpr std::size_t nameless_max = 100;
  static constexpr std::chrono::hours nameless_interval{1};

 private:
  struct Pending {
    std::map<std::pair<std::string, std::string>, catalog::Caller> callers;  // by source and AE title
    std::deque<catalog::Association> ended;
  };
  /// One that was told, and what came behind it.
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
  std::mutex mutex_;  // guards what follows
  Pending pending_;
  std::map<std::pair<std::string, std::string>, Nameless> nameless_;  // by peer and reason
};

}  // namespace dmw::dimse
