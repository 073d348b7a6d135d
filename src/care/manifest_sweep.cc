#include "care/manifest_sweep.h"

#include "base/format.h"
#include "base/log.h"
#include "care/stored_manifest.h"
#include "store/shards.h"

namespace dmw::care {
namespace {

constexpr int shards_a_pass = 256;
constexpr std::chrono::hours between_sweeps{6};

}  // namespace

ManifestSweep::ManifestSweep(std::string holder, db::Database& database, store::ObjectStore& store, const Clock& clock)
    : holder_(std::move(holder)), database_(database), store_(store), clock_(clock) {}

Result<bool> ManifestSweep::pass() {
  const catalog::SettlerLead lead = TRY(catalog::settler_lead(database_));
  if (lead.holder != holder_) return false;
  const bool again = done_at_ && clock_.monotonic() - *done_at_ >= between_sweeps;
  if (lead.epoch != epoch_ || again) {
    epoch_ = lead.epoch;
    next_shard_ = 0;
    done_at_.reset();
  }
  if (done_at_) return false;
  std::int64_t removed = 0;
  for (int i = 0; i < shards_a_pass && next_shard_ < store::shard_count; ++i, ++next_shard_) {
    removed += TRY(sweep(next_shard_));
  }
  if (removed > 0)
    log::info("manifests_removed", "manifests of tries to publish that did not end", {{"manifests", removed}});
  if (next_shard_ < store::shard_count) return true;
  done_at_ = clock_.monotonic();
  return false;
}

Result<std::int64_t> ManifestSweep::sweep(int shard) {
  std::vector<ObjectKey> keys;
  TRY(store_.list(store::shard_directory(shard), [&](const ObjectKey& key) -> Result<> {
    const std::optional<ManifestName> name = parse_manifest_key(key);
    if (name && name->epoch > 0 && name->epoch < epoch_) keys.push_back(key);
    return {};
  }));
  std::vector<catalog::StoredManifest> stored;
  for (const ObjectKey& key : keys) {
    const ManifestName name = *parse_manifest_key(key);
    StudyUid study(name.study);
    if (name.study.starts_with('x')) {
      // The key has a digest of the UID; the manifest has the UID.
      const Result<ReadManifest> manifest = read_manifest(store_, key);
      if (!manifest && manifest.error().transient()) return std::unexpected(manifest.error());
      if (!manifest) continue;
      study = manifest->study;
    }
    stored.push_back({key, study, name.revision, name.epoch});
  }
  std::int64_t removed = 0;
  for (const ObjectKey& key : TRY(catalog::unnamed_manifests(database_, stored))) {
    if (const Result<> gone = store_.remove(key); gone) {
      ++removed;
    } else {
      TRY(store_.probe());
      log::warning("manifest_left", "a manifest that no revision names cannot be removed: " + gone.error().message(),
                   {{"key", key.get()}});
    }
  }
  return removed;
}

}  // namespace dmw::care
