// Promotion: a person decides which version of an instance is the current one.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "db/database.h"
#include "model/attributes.h"
#include "model/session.h"

namespace dmw::catalog {

struct PromotionOrder {
  std::int64_t version_id = 0;
  Attributes attributes;  // of the version, read from its header again: the catalog keeps no copy
  Session session;        // of the person who orders it
  std::string actor;
  std::string reason;
};

/// One transaction: the version is current, the one that was is an older one, the counts and sizes of their series and
/// study are as they must be, both are described anew where the instance describes them (recording/descriptions.h), the
/// study has something to tell, and the audit trail says who and why.
/// False when it was current already: then nothing changes. Errors: not_found, and those of the database.
Result<bool> promote(db::Database& database, const PromotionOrder& order, MicrosUtc now);

}  // namespace dmw::catalog
