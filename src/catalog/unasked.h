// Unasked: keeps away instances of an erased study that a source brought without a request of a person.
//
// Erasures are numbered, and a request keeps the number of erasures at the time when it was written. This decides
// whether the request or the erasure came first, independent of clocks and of how long the request waits.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/spooled_instance.h"

namespace dmw::catalog {

struct ErasedStudy {
  MicrosUtc at = 0;
  std::int64_t number = 0;  // of the erasure; a request with a lower number is older
};

/// Gives the erasure of a study its number. Call it in the transaction of the order, after all other locks.
Result<> number_erasure(db::Transaction& transaction, std::int64_t study_id);

/// By Study Instance UID: which of the studies are erased and were not sent again since.
Result<std::map<std::string, ErasedStudy>> erased_studies(db::Database& database,
                                                          std::span<const std::string> study_uids);

/// Returns one answer for each instance (each has attributes): true if it must not be recorded, because its study is
/// erased and it was fetched for an older request that no person made. Its object, which an earlier try may have
/// stored, is scheduled for removal.
Result<std::vector<bool>> keep_away(db::Database& database, std::span<const SpooledInstance> batch, MicrosUtc now);

}  // namespace dmw::catalog
