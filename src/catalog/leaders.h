// Leases: one leader per role and one reader per sink among all replicas. A lease has an epoch that rises with each new
// holder. An action under a lease passes the epoch, and fails with `stale` if it is not the newest one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "catalog/sinks.h"
#include "db/database.h"

namespace dmw::catalog {

struct Lease {
  std::int64_t epoch = 0;
  std::int64_t position = 0;     // position of a sink; 0 for a role
  std::int64_t passed_over = 0;  // events that were deleted before the sink was taken; it continues after them
};

/// Takes or renews the lease on a role (`settler`, `orthanc/<name>`); nullopt while another holder has a valid one. A
/// holder that takes its own lease again after a restart gets a new epoch at once.
Result<std::optional<Lease>> lead(db::Database& database, const std::string& role, const std::string& holder,
                                  std::chrono::seconds lease, std::optional<std::int64_t> my_epoch);
/// Gives up the lease, so that another replica need not wait. Succeeds also if it is not held any more.
Result<> resign(db::Database& database, const std::string& role, const std::string& holder);

/// For a transaction of a leader: the lease on `role` cannot change its holder before the transaction ends. Errors:
/// stale (another holder has taken it since this epoch).
Result<> require_lead(db::Transaction& transaction, const std::string& role, std::int64_t epoch);

/// The same for a sink, which counts as configured from then on. Creates its row if needed. Its position is never
/// before the first event in the log.
Result<std::optional<Lease>> take_sink(db::Database& database, const SinkTerms& sink, const std::string& holder,
                                       std::chrono::seconds lease, std::optional<std::int64_t> my_epoch);
/// Moves the sink to `position` and renews its lease. Errors: stale (another holder has the lease).
Result<> advance_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                      std::chrono::seconds lease);
/// The same, skipping `events` that the sink does not have and will never get. They are counted in its row, and noted
/// in the audit trail with `why`. Errors: stale.
Result<> pass_over_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                        std::chrono::seconds lease, std::int64_t events, const std::string& why);
Result<> release_sink(db::Database& database, const std::string& sink, const std::string& holder);

}  // namespace dmw::catalog
