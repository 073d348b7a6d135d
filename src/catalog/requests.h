// The request lane: what is to be fetched from the sources. A request is durable before anybody is told that it was
// accepted; repeats coalesce into one that nobody has claimed yet.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/old_rows.h"
#include "db/database.h"
#include "model/request.h"

namespace dmw::catalog {

struct Submitted {
  Uuid request_id;      // of the request that this one became part of
  Uuid correlation_id;  // of that one
  bool coalesced = false;
};

struct FinishedRequest {
  std::int64_t id = 0;
  std::vector<std::string> study_uids{};
  std::int64_t instances_found = 0;
  std::int64_t instances_fetched = 0;
  std::int64_t instances_absent = 0;  // that the source has not got (any more)
  bool closes = false;                // its studies are complete for now
  std::string study_tag{};            // what the source said of the whole study when this began; empty: keep none
  std::string source{};
  std::string study{};
  /// The source had not got everything that it had named: nothing is known to be whole, and it is asked again.
  std::optional<NextLook> again{};
};

struct RequestFilter {
  std::optional<RequestState> state{};
  std::int64_t before_id = 0;  // 0: from the newest
  std::size_t limit = 100;
};

/// As much of a request as somebody needs who waits for it.
struct RequestStanding {
  std::string request_id;
  RequestState state = RequestState::waiting;
  std::vector<std::string> study_uids;
  std::string last_error;
};

/// Without the comparisons that are not due yet.
struct RequestDepth {
  std::int64_t waiting = 0;
  std::int64_t claimed = 0;
  std::int64_t reconciled = 0;  // of both: found by a comparison with a source
  std::optional<MicrosUtc> oldest_created_at;
};

/// Those that ended before `before`: what Forgetting removes.
OldRows finished_requests(MicrosUtc before);

class Requests {
 public:
  explicit Requests(db::Database& database) : database_(database) {}

  /// One answer a request, in order.
  Result<std::vector<Submitted>> submit(std::span<const NewRequest> requests);
  /// The same inside a transaction of the caller's.
  static Result<std::vector<Submitted>> submit(db::Transaction& transaction, std::span<const NewRequest> requests);

  /// Waiting ones of `source` whose time has come, by priority and age, for `holder` until the lease ends. While an
  /// interrupted one is not through, every one that may name the same instances is given out as interrupted too.
  Result<std::vector<Request>> claim(const std::string& source, const std::string& holder, std::size_t limit,
                                     std::chrono::seconds lease);
  Result<> extend(const std::string& holder, std::span<const std::int64_t> ids, std::chrono::seconds lease);
  /// Done: all their instances are recorded or set aside, or the source has not got them. Returns the
  /// numbers of dead letters that are closed by this: of studies that the source had not got when they were asked for.
  Result<std::vector<std::int64_t>> finish(std::span<const FinishedRequest> requests);
  /// Parked: another try after `delay`, counted. A claim that is no longer the holder's is left alone. A clock that is
  /// set back ends the wait.
  Result<> postpone(const RequestClaim& claim, std::chrono::milliseconds delay, const Error& why);
  /// Parked as if never claimed (an outage counts against nobody), where they are still the holder's.
  Result<> release(const std::string& holder, std::span<const std::int64_t> ids);
  /// Those that `holder` had claimed when it ended uncleanly are parked, marked as interrupted. At the start.
  Result<std::int64_t> recover(const std::string& holder);
  /// Failed for good, with the look that it leaves, in the transaction that writes its dead letter. Errors: stale (no
  /// longer the holder's: whoever has it now may succeed).
  static Result<> fail_for_good(db::Transaction& transaction, const RequestClaim& claim, const std::string& why);

  Result<std::optional<Request>> get(const std::string& request_id);
  /// Where each of these requests is; one that is not known is left out.
  Result<std::vector<RequestStanding>> states(std::span<const std::string> request_ids);
  Result<std::vector<Request>> list(const RequestFilter& filter);
  Result<RequestDepth> depth();

  /// Of these Study Instance UIDs, those that have nothing left to tell, and whose last event each required sink has.
  Result<std::vector<std::string>> published(std::span<const std::string> study_uids);

 private:
  db::Database& database_;
};

}  // namespace dmw::catalog
