// Leases: one leader a role, one reader a sink, whatever number of replicas run. A lease carries an epoch that rises
// with each new holder; whoever acts under a lease says its epoch, and is told `stale` when it is not the newest.
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
  std::int64_t position = 0;     // of a sink; 0 for a role
  std::int64_t passed_over = 0;  // events that were no longer kept when the sink was taken: it goes on behind them
};

/// Takes or renews the lease on a role (`settler`, `orthanc/<name>`); nothing while another holder's is in force.
/// A holder that takes its own lease again after a restart gets a new epoch at once.
Result<std::optional<Lease>> lead(db::Database& database, const std::string& role, const std::string& holder,
                                  std::chrono::seconds lease, std::optional<std::int64_t> my_epoch);
/// Gives the lease up, so that another need not wait. A success also when it is not held any more.
Result<> resign(db::Database& database, const std::string& role, const std::string& holder);

/// For the transaction of a leader: the lease on `role` cannot change hands before it ends. Errors: stale (another
/// holder took it since this epoch).
Result<> require_lead(db::Transaction& transaction, const std::string& role, std::int64_t epoch);

/// The same for a sink, which counts as configured from then on; where it has no row it gets one. It is never before
/// the first event that is kept.
Result<std::optional<Lease>> take_sink(db::Database& database, const SinkTerms& sink, const std::string& holder,
                                       std::chrono::seconds lease, std::optional<std::int64_t> my_epoch);
/// Moves the sink to `position` and renews its lease. Errors: stale (another holder has it).
Result<> advance_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                      std::chrono::seconds lease);
/// The same over `events` that the sink has not got, and will not: counted in its row, and noted in the audit with
/// `why`. Errors: stale.
Result<> pass_over_sink(db::Database& database, const std::string& sink, std::int64_t epoch, std::int64_t position,
                        std::chrono::seconds lease, std::int64_t events, const std::string& why);
Result<> release_sink(db::Database& database, const std::string& sink, const std::string& holder);

}  // namespace dmw::catalog
