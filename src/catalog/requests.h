// The queue of requests to the sources. A request is saved on disk before it is reported as accepted. A repeated
// request becomes part of one that is not claimed yet.
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
  Uuid correlation_id;  // the correlation id of that request
  bool coalesced = false;
};

struct FinishedRequest {
  std::int64_t id = 0;
  std::vector<std::string> study_uids{};
  std::int64_t instances_found = 0;
  std::int64_t instances_fetched = 0;
  std::int64_t instances_absent = 0;  // instances that the source does not have (any more)
  bool closes = false;                // its studies are complete
  std::string study_tag{};            // the tag of the whole study at the source when this began; empty: store none
  std::string source{};
  std::string study{};
  /// Set if the source did not have everything that it had named: the study may be incomplete, and is requested again.
  std::optional<NextLook> again{};
};

struct RequestFilter {
  std::optional<RequestState> state{};
  std::int64_t before_id = 0;  // 0: begin with the newest
  std::size_t limit = 100;
};

/// The state of a request, for a caller that waits for it.
struct RequestStanding {
  std::string request_id;
  RequestState state = RequestState::waiting;
  std::vector<std::string> study_uids;
  std::string last_error;
};

/// Number of open requests, without repeated ones that are not due yet.
struct RequestDepth {
  std::int64_t waiting = 0;
  std::int64_t claimed = 0;
  std::int64_t reconciled = 0;  // included in both: requests made by a comparison with a source
  std::optional<MicrosUtc> oldest_created_at;
};

struct UnservedRequests {
  std::string source;
  std::int64_t count = 0;
};

/// The requests that ended before `before`, for removal.
OldRows finished_requests(MicrosUtc before);

class Requests {
 public:
  explicit Requests(db::Database& database) : database_(database) {}

  /// Saves requests. On success they are on disk; returns one answer per request, in order.
  Result<std::vector<Submitted>> submit(std::span<const NewRequest> requests);
  /// The same inside a transaction of the caller.
  static Result<std::vector<Submitted>> submit(db::Transaction& transaction, std::span<const NewRequest> requests);

  /// Claims due requests of `source` for `holder` until the lease ends, by priority and age. While an interrupted
  /// request is not finished, each request that may include the same instances is marked as interrupted, too.
  Result<std::vector<Request>> claim(const std::string& source, const std::string& holder, std::size_t limit,
                                     std::chrono::seconds lease);
  Result<> extend(const std::string& holder, std::span<const std::int64_t> ids, std::chrono::seconds lease);
  /// Finishes requests whose instances are all in the catalog, dead letters, or absent at the source. Returns the
  /// numbers of the dead letters that this closes: those of studies that the source did not have before.
  Result<std::vector<std::int64_t>> finish(std::span<const FinishedRequest> requests);
  /// Parks the request: it is tried again after `delay`, and the try is counted. Does nothing if the claim is no longer
  /// held. If the clock is set back, the wait ends.
  Result<> postpone(const RequestClaim& claim, std::chrono::milliseconds delay, const Error& why);
  /// Returns requests to the queue as if they had not been claimed, if `holder` still holds them. For outages, which do
  /// not count as a try.
  Result<> release(const std::string& holder, std::span<const std::int64_t> ids);
  /// Parks the requests that `holder` had claimed when it ended uncleanly, and marks them as interrupted. Call it at
  /// the start. Returns their number.
  Result<std::int64_t> recover(const std::string& holder);
  /// Ends the request as failed, in the transaction that writes its dead letter, and writes the repeated request that
  /// it leaves. Errors: stale (another holder has the claim and may succeed).
  static Result<> fail_for_good(db::Transaction& transaction, const RequestClaim& claim, const std::string& why);

  Result<std::optional<Request>> get(const std::string& request_id);
  /// The states of these requests; unknown ones are left out.
  Result<std::vector<RequestStanding>> states(std::span<const std::string> request_ids);
  Result<std::vector<Request>> list(const RequestFilter& filter);
  /// Of one source, or of all.
  Result<RequestDepth> depth(const std::optional<std::string>& source = std::nullopt);
  /// What waits for sources that no program serves: those that are not among `served` and that nobody follows,
  /// or whose leader has been silent for a minute. By name of the source.
  Result<std::vector<UnservedRequests>> unserved(std::span<const std::string> served);

  /// Those of these Study Instance UIDs that have no unpublished change: each required sink has their newest event.
  Result<std::vector<std::string>> published(std::span<const std::string> study_uids);

 private:
  db::Database& database_;
};

}  // namespace dmw::catalog
