// ManifestSweep: removes manifests that a settler left in the store and that no revision names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/manifests.h"
#include "store/object_store.h"

namespace dmw::care {

/// One thread. It removes only manifests with the epoch of a settler that no longer leads. No transaction can name
/// these any more, so even a late removal takes nothing that is in use.
class ManifestSweep {
 public:
  /// `holder`: our name in the lease of the settler. Only the leader removes.
  ManifestSweep(std::string holder, db::Database& database, store::ObjectStore& store, const Clock& clock);

  /// Sweeps some directories of the store; returns true if there are more. All are swept after each change of the
  /// leader, and four times a day, because a settler that was frozen may have continued and died since the last sweep.
  /// A directory or manifest that cannot be read or removed does not hold up the others; its directory is tried again
  /// after them. Errors: the store or the database cannot be reached; after all others are done, the error of the first
  /// directory that is left.
  Result<bool> pass();

 private:
  void begin(std::int64_t epoch);
  /// Removes all that it can in a directory. Errors: of this directory alone; they may pass.
  Result<> sweep(int shard);
  /// The manifest under a key; nothing if the key is not that of a manifest.
  Result<std::optional<catalog::StoredManifest>> stored_under(const ObjectKey& key);

  const std::string holder_;
  db::Database& database_;
  store::ObjectStore& store_;
  const Clock& clock_;
  std::int64_t epoch_ = 0;    // of the current or the last sweep
  std::vector<int> shards_;   // not swept yet; the last one is next
  std::vector<int> left_;     // that could not be swept
  std::optional<Error> why_;  // of the first of these
  std::int64_t removed_ = 0;
  std::optional<Monotonic> done_at_;
};

}  // namespace dmw::care
