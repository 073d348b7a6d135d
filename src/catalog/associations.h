// Who opens associations: what each calling AE title has sent, and every association that was refused or broke, with
// its reason in words.
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

/// How an association ended that did not end well. Stored: append only.
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
  std::string calling_ae;  // empty: it was not said
  std::string called_ae;
  std::string peer;  // the address, without the port
  AssociationOutcome outcome = AssociationOutcome::broken;
  std::string reason;
  std::int64_t instances = 0;
  std::int64_t refused_instances = 0;
  std::int64_t size_bytes = 0;
  std::int64_t repeats = 0;  // how often the same came again at once and is told by this one
};

/// What a caller of a door did in all, or since the last time.
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
  std::int64_t before_id = 0;  // 0: from the newest
  std::size_t limit = 100;
};

/// One transaction: the counts of `callers` are added to what is known, a caller named once at most.
Result<> note_associations(db::Database& database, std::span<const Association> ended, std::span<const Caller> callers);

/// Where a list of callers goes on: behind this one.
struct CallerKey {
  std::string source{};
  std::string calling_ae{};
};

/// By door and AE title.
Result<std::vector<Caller>> callers(db::Database& database, const CallerKey& after, std::size_t limit);
Result<std::optional<Caller>> caller(db::Database& database, const CallerKey& key);
/// Those that did not end well, the newest first.
Result<std::vector<Association>> associations(db::Database& database, const AssociationFilter& filter);

/// How much is kept of all this.
struct AssociationRetention {
  MicrosUtc before = 0;               // what ended, or was last seen, before it goes
  std::int64_t associations_max = 0;  // the newest
  std::int64_t strangers_max = 0;     // of callers that never had anything kept: the last seen
};

/// What Forgetting removes. Callers that had something kept stay for good.
OldRows ended_associations(const AssociationRetention& keep);
OldRows surplus_associations(const AssociationRetention& keep);
OldRows old_strangers(const AssociationRetention& keep);

}  // namespace dmw::catalog
