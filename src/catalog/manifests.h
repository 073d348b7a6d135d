// Manifests without a revision: a settler wrote them to the store, and its transaction failed or came too late.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "model/object_key.h"

namespace dmw::catalog {

/// The settler that leads now.
struct SettlerLead {
  std::int64_t epoch = 0;
  std::string holder;  // empty: none
};
Result<SettlerLead> settler_lead(db::Database& database);

struct StoredManifest {
  ObjectKey key;
  StudyUid study;
  int revision = 0;
  std::int64_t epoch = 0;
};
/// The manifests that no revision names and none can name later, because their settler no longer leads. They may be
/// removed at any time. Manifests that the catalog cannot judge are left out.
Result<std::vector<ObjectKey>> unnamed_manifests(db::Database& database, std::span<const StoredManifest> stored);

}  // namespace dmw::catalog
