// SettlerMark: the mark that the settler writes to the store with the progress of the catalog. By it an empty catalog,
// another catalog or an older copy is recognised (store/mark.h).
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

  /// Call it when a settler begins to lead, with its epoch. Checks that the catalog did not go back while the program
  /// was running, and is not another one; otherwise positions that were published already would be used again.
  Result<> begin(std::int64_t epoch);
  /// Call it when the settler does not lead any more, or may have lost the lead.
  void forget() { marked_.reset(); }
  bool is_left() const { return marked_.has_value(); }

  /// Call it before events are written: increments the counter in the catalog and then writes it to the mark. So an
  /// earlier copy of the catalog is always recognised, wherever the program is killed. `position`: of the newest event.
  Result<> take_turn(std::int64_t position);
  /// The same while new instances are recorded, at most once a second.
  Result<> take_turn_for(const std::vector<catalog::Dirty>& dirty);
  /// Writes the current position of the catalog to the mark. Call it between two transactions with events.
  Result<> leave();

 private:
  Result<> write(std::int64_t position);
  Result<> look_at_delivered(std::int64_t position);

  const CatalogId catalog_id_;
  db::Database& database_;
  store::ObjectStore& store_;
  const Clock& clock_;
  std::int64_t epoch_ = 0;
  std::optional<std::int64_t> marked_;  // the position in the mark, if this epoch has written it
  std::int64_t turn_ = 0;               // the counter in that mark
  std::uint64_t dirty_then_ = 0;        // a digest of the changed studies at that time
  Monotonic turned_at_;
  /// All events up to `delivered_` are published. The events up to `boundary_` are being waited for.
  std::int64_t delivered_ = 0;
  std::int64_t boundary_ = 0;
  std::int64_t marked_delivered_ = 0;
};

}  // namespace dmw::ingest
