// AssociationLog: what the catalog shall know of associations, held in memory until a worker writes it, so that a door
// never waits for the catalog and a catalog that is away costs nothing but detail.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/metrics.h"
#include "base/result.h"
#include "catalog/associations.h"

namespace dmw::sources {

/// Any thread.
class AssociationLog {
 public:
  /// The catalog outlives it.
  AssociationLog(db::Database& catalog, Metrics& metrics);

  /// Adds up until it is written. Beyond `pending_max` callers new ones are dropped and counted.
  void note(catalog::Caller activity);
  /// An association that did not end well. The same again within one writing is told once, with a count; beyond
  /// `pending_max` the oldest are dropped and counted.
  void note(catalog::Association ended);

  /// Writes what there is. False: there is never more at once. Errors: those of the catalog; after a transient
  /// one it is tried again, another drops what it was about.
  Result<bool> pass();

  static constexpr std::size_t pending_max = 1'000;

 private:
  struct Pending {
    std::map<std::pair<std::string, std::string>, catalog::Caller> callers;  // by source and AE title
    std::deque<catalog::Association> ended;
  };
  void add(catalog::Caller activity);
  void add(catalog::Association ended);

  db::Database& catalog_;
  Counter& dropped_;
  std::mutex mutex_;  // guards pending_
  Pending pending_;
};

}  // namespace dmw::sources
