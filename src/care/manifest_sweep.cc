#include "care/manifest_sweep.h"

#include <utility>

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
  if (lead.epoch != epoch_ || again) begin(lead.epoch);
  if (done_at_) return false;
  for (int n = 0; n < shards_a_pass && !shards_.empty(); ++n) {
    const int shard = shards_.back();
    if (const Result<> swept = sweep(shard); !swept) {
      TRY(database_.probe());
      TRY(store_.probe());
      left_.push_back(shard);
      if (!why_) why_ = during(swept.error(), "the sweep of " + store::shard_directory(shard)).error();
    }
    shards_.pop_back();
  }
  if (const std::int64_t removed = std::exchange(removed_, 0); removed > 0)
    log::info("manifests_removed", "manifests of unfinished attempts to publish", {{"manifests", removed}});
  if (!shards_.empty()) return true;
  shards_ = std::exchange(left_, {});
  if (const std::optional<Error> why = std::exchange(why_, std::nullopt)) return std::unexpected(*why);
  done_at_ = clock_.monotonic();
  return false;
}

void ManifestSweep::begin(std::int64_t epoch) {
  epoch_ = epoch;
  shards_.clear();
  for (int shard = store::shard_count; shard-- > 0;) shards_.push_back(shard);
  left_.clear();
  why_.reset();
  done_at_.reset();
}

Result<> ManifestSweep::sweep(int shard) {
  std::vector<ObjectKey> keys;
  TRY(store_.list(store::shard_directory(shard), [&](const ObjectKey& key) -> Result<> {
    const std::optional<ManifestName> name = parse_manifest_key(key);
    if (name && name->epoch > 0 && name->epoch < epoch_) keys.push_back(key);
    return {};
  }));
  Result<> all;
  std::vector<catalog::StoredManifest> stored;
  for (const ObjectKey& key : keys) {
    const Result<std::optional<catalog::StoredManifest>> manifest = stored_under(key);
    if (!manifest) all = std::unexpected(manifest.error());
    if (manifest && *manifest) stored.push_back(**manifest);
  }
  for (const ObjectKey& key : TRY(catalog::unnamed_manifests(database_, stored))) {
    if (const Result<> gone = store_.remove(key); gone)
      ++removed_;
    else
      all = during(gone.error(), "the removal of " + key.get());
  }
  return all;
}

Result<std::optional<catalog::StoredManifest>> ManifestSweep::stored_under(const ObjectKey& key) {
  const ManifestName name = *parse_manifest_key(key);
  if (!name.study.starts_with('x'))
    return catalog::StoredManifest{key, StudyUid(name.study), name.revision, name.epoch};
  // The key has a digest of the UID; the manifest has the UID.
  const Result<ReadManifest> manifest = read_manifest(store_, key);
  if (!manifest && manifest.error().transient()) return during(manifest.error(), "the read of " + key.get());
  if (!manifest) return std::nullopt;
  return catalog::StoredManifest{key, manifest->study, name.revision, name.epoch};
}

}  // namespace dmw::care
