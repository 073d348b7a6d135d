// ManifestSweep: removes the manifests that a settler left in the store and that no revision names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/manifests.h"
#include "store/object_store.h"

namespace dmw::care {

/// One thread. What it removes was written under the epoch of a settler that leads no longer, and no transaction can
/// name it any more: so a removal that comes late takes nothing that is in use.
class ManifestSweep {
 public:
  /// `holder`: who leads here, as in the lease; the others do nothing.
  ManifestSweep(std::string holder, db::Database& database, store::ObjectStore& store, const Clock& clock);

  /// Looks at some directories of the store; true when there are more. It goes through all of them after each change of
  /// the leader, and four times a day: a settler that was stopped in the middle may have gone on and died since.
  /// A directory or a manifest that cannot be read or removed keeps none of the others: its directory is looked at
  /// again by the next call after the last one of the others.
  /// Errors: the store or the database is away; once all others are through, that of the first directory that is left.
  Result<bool> pass();

 private:
  void begin(std::int64_t epoch);
  /// Errors: of this directory alone, and passing; what can go has gone.
  Result<> sweep(int shard);
  /// The manifest that a key of the store names; nothing where it is none.
  Result<std::optional<catalog::StoredManifest>> stored_under(const ObjectKey& key);

  const std::string holder_;
  db::Database& database_;
  store::ObjectStore& store_;
  const Clock& clock_;
  std::int64_t epoch_ = 0;    // for which it goes through the store, or has gone
  std::vector<int> shards_;   // still to be looked at, the last one first
  std::vector<int> left_;     // that could not be
  std::optional<Error> why_;  // of the first of them
  std::int64_t removed_ = 0;
  std::optional<Monotonic> done_at_;
};

}  // namespace dmw::care
