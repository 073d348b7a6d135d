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
  Attributes attributes;  // of the version, read from its header, because the catalog keeps no copy
  Session session;        // of the person who gives the order
  std::string actor;
  std::string reason;
};

/// Makes a version the current one, in one transaction: the former current version becomes an older one, the counts and
/// sizes of series and study are updated, both are described again if this instance describes them
/// (recording/descriptions.h), the study becomes dirty, and the audit trail gets the person and the reason.
/// Returns false if it was current already; then nothing changes. Errors: not_found, and those of the database.
Result<bool> promote(db::Database& database, const PromotionOrder& order, MicrosUtc now);

}  // namespace dmw::catalog
