// Unasked: what a source brought without anybody asking, and what the erasure of its study keeps away of it.
//
// Erasures are numbered, and a request keeps how many there had been when it was written. So which of the two came
// first is known for good, whatever the clocks say and however long the request waits.
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
  std::int64_t number = 0;  // of the erasure; a request with fewer erasures before it came first
};

/// Gives the study's erasure its number. In the transaction of the order, after everything else that locks.
Result<> number_erasure(db::Transaction& transaction, std::int64_t study_id);

/// By Study Instance UID: those of the studies that are erased, and that nobody has sent again since.
Result<std::map<std::string, ErasedStudy>> erased_studies(db::Database& database,
                                                          std::span<const std::string> study_uids);

/// One an instance, each with attributes: whether it is not to be recorded, because its study is erased and it came for
/// a request that was written before that and that nobody asked for. Its object, which an earlier try may have put, is
/// on the list of what goes when this returns.
Result<std::vector<bool>> keep_away(db::Database& database, std::span<const SpooledInstance> batch, MicrosUtc now);

}  // namespace dmw::catalog
