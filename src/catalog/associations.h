// Callers: how much each calling AE title has sent, and every association that was refused or broke, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "catalog/old_rows.h"
#include "db/database.h"

namespace dmw::catalog {

/// How an association failed. The values are stored: only append.
enum class AssociationOutcome : std::int16_t {
  rejected = 1,  ///< it never began: A-ASSOCIATE-RJ, or no association request at all
  aborted = 2,   ///< A-ABORT, of either side
  broken = 3,    ///< the connection was lost, or nothing came for too long
  partial = 4,   ///< released as it should be, but instances of it were refused
};
std::string_view name(AssociationOutcome outcome);

struct Association {
  std::int64_t id = 0;  // given by the catalog
  Uuid correlation_id;
  MicrosUtc started_at = 0;
  MicrosUtc ended_at = 0;
  std::string calling_ae;  // empty: unknown
  std::string called_ae;
  std::string peer;  // the address, without the port
  AssociationOutcome outcome = AssociationOutcome::broken;
  std::string reason;
  std::int64_t instances = 0;
  std::int64_t refused_instances = 0;
  std::int64_t size_bytes = 0;
  std::int64_t repeats = 0;  // further equal failures in quick succession, counted here
};

/// The counts of a caller, in all or since the last note.
struct Caller {
  std::string source;  // the door: "dimse"
  std::string calling_ae;
  std::string peer;  // the last one
  MicrosUtc first_seen_at = 0;
  MicrosUtc last_seen_at = 0;
  std::int64_t associations = 0;
  std::int64_t refused_associations = 0;
  std::int64_t instances = 0;
  std::int64_t refused_instances = 0;
  std::int64_t size_bytes = 0;
  MicrosUtc last_refused_at = 0;  // 0: never
  std::string last_refusal{};
};

struct AssociationFilter {
  std::string calling_ae{};    // empty: any
  std::int64_t before_id = 0;  // 0: begin with the newest
  std::size_t limit = 100;
};

/// Adds the counts of `callers` to the known ones, and the associations, in one transaction. Each caller at most once.
Result<> note_associations(db::Database& database, std::span<const Association> ended, std::span<const Caller> callers);

/// The place in a list of callers: after this one.
struct CallerKey {
  std::string source{};
  std::string calling_ae{};
};

/// Lists callers by intake and AE title.
Result<std::vector<Caller>> callers(db::Database& database, const CallerKey& after, std::size_t limit);
Result<std::optional<Caller>> caller(db::Database& database, const CallerKey& key);
/// Lists failed associations, the newest first.
Result<std::vector<Association>> associations(db::Database& database, const AssociationFilter& filter);

/// What Forgetting keeps.
struct AssociationRetention {
  MicrosUtc before = 0;               // older associations and callers are removed
  std::int64_t associations_max = 0;  // the newest
  std::int64_t strangers_max = 0;     // callers that never had an instance kept; those seen last
};

/// The rows for Forgetting. Callers that had an instance kept are never removed.
OldRows ended_associations(const AssociationRetention& keep);
OldRows surplus_associations(const AssociationRetention& keep);
OldRows old_strangers(const AssociationRetention& keep);

}  // namespace dmw::catalog
