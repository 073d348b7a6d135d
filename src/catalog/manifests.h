// Which manifests in a store no revision names: a settler wrote them, and its transaction failed or came too late.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "model/object_key.h"

namespace dmw::catalog {

/// Who publishes now.
struct SettlerLead {
  std::int64_t epoch = 0;
  std::string holder;  // empty: nobody
};
Result<SettlerLead> settler_lead(db::Database& database);

struct StoredManifest {
  ObjectKey key;
  StudyUid study;
  int revision = 0;
  std::int64_t epoch = 0;
};
/// Those that no published revision names and that none will name: their settler leads no longer, so it publishes
/// nothing more. They may be removed at any time. What the catalog does not know enough of is not among them.
Result<std::vector<ObjectKey>> unnamed_manifests(db::Database& database, std::span<const StoredManifest> stored);

}  // namespace dmw::catalog
