// Provenance: the session that first brought a dataset. An intake learns from it the result of an instance: its own
// session (new), another session (the same again), or none (a dead letter).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/digest.h"
#include "db/database.h"
#include "model/session.h"
#include "model/uid.h"

namespace dmw::catalog {

struct DatasetName {
  StudyUid study_uid;
  SopUid sop_uid;
  Sha256Digest dataset_sha256;
};

/// Returns one answer for each dataset, in the given order; nothing for one that is not recorded. Errors: those of the
/// database.
Result<std::vector<std::optional<SessionId>>> first_sessions(db::Database& database,
                                                             std::span<const DatasetName> datasets);

}  // namespace dmw::catalog
