// Provenance: with which session a dataset came first. Tells a door what became of an instance: of the session itself,
// then it was new; of another, then it was the same again; of none, then it was set aside.
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

/// One answer a dataset, in the order given: nothing for one that is not recorded. Errors: those of the database.
Result<std::vector<std::optional<SessionId>>> first_sessions(db::Database& database,
                                                             std::span<const DatasetName> datasets);

}  // namespace dmw::catalog
