// SettlerMark: what the settler leaves in the store of how far the catalog has come, so that a catalog that is empty,
// another one, or an older copy is told from the one that belongs to the store (store/mark.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/settling.h"
#include "model/catalog_id.h"
#include "store/object_store.h"

namespace dmw::ingest {

/// One thread. Errors of its functions: conflict (the catalog went back, or is another one), stale (another settler
/// leads), those of the store and the database.
class SettlerMark {
 public:
  SettlerMark(CatalogId catalog_id, db::Database& database, store::ObjectStore& store, const Clock& clock)
      : catalog_id_(std::move(catalog_id)), database_(database), store_(store), clock_(clock) {}

  /// A settler leads with this epoch. A catalog that went back under a running program, or another one, would number
  /// anew what was published.
  Result<> begin(std::int64_t epoch);
  /// It leads no longer, or is not certain to.
  void forget() { marked_.reset(); }
  bool is_left() const { return marked_.has_value(); }

  /// Before something is published: the catalog counts on, and then the store is told. So a copy of the catalog from
  /// before is always told from it, wherever the program dies. `position`: of the newest event.
  Result<> take_turn(std::int64_t position);
  /// Likewise while something new is recorded, not more often than each second.
  Result<> take_turn_for(const std::vector<catalog::Dirty>& dirty);
  /// So that the store knows how far the catalog has come. Between two transactions with events.
  Result<> leave();

 private:
  Result<> write(std::int64_t position);
  Result<> look_at_delivered(std::int64_t position);

  const CatalogId catalog_id_;
  db::Database& database_;
  store::ObjectStore& store_;
  const Clock& clock_;
  std::int64_t epoch_ = 0;
  std::optional<std::int64_t> marked_;  // the position in the mark of this epoch
  std::int64_t turn_ = 0;               // in that mark
  std::uint64_t dirty_then_ = 0;        // a digest of what was dirty at that turn
  Monotonic turned_at_;
  /// All that was written when the newest event was before `delivered_` has left the catalog. What was written up to
  /// `boundary_` is waited for.
  std::int64_t delivered_ = 0;
  std::int64_t boundary_ = 0;
  std::int64_t marked_delivered_ = 0;
};

}  // namespace dmw::ingest
