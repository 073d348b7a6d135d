// A request: "fetch this study, or these instances, from that Orthanc". From the trigger, a person, the change poller
// or the reconciler; all use one lane.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"

namespace dmw {

/// Origin of the request; the smaller value is served first. Stored in the catalog: append only.
enum class RequestPriority : std::int16_t { asked = 10, seen = 20, reconciled = 30 };

/// Stored in the catalog: append only.
enum class RequestState : std::int16_t { waiting = 0, claimed = 1, done = 2, failed = 3 };
std::string_view name(RequestState state);

struct NewRequest {
  std::string source;
  std::string study;                   // Orthanc's id of the study; empty for a request of single instances
  std::vector<std::string> instances;  // Orthanc's ids; empty for a whole study
  /// The study is complete when this request is done: its revision is written without waiting for SETTLE_QUIET.
  bool closes = false;
  RequestPriority priority = RequestPriority::asked;
  Uuid correlation_id;
  std::string client_correlation;
  std::string traceparent;
  /// 1 to 3: a repeated request for items that the source had named but did not have. 0: an ordinary request.
  int look = 0;
};

struct Request : NewRequest {
  std::int64_t id = 0;
  Uuid request_id;
  RequestState state = RequestState::waiting;
  int repeats = 0;  // number of repeated requests before it was claimed
  int attempts = 0;
  /// The process that had claimed it ended uncleanly, so its headers are read in a child process.
  bool interrupted = false;
  MicrosUtc created_at = 0;
  MicrosUtc updated_at = 0;
  std::optional<MicrosUtc> finished_at;
  std::string last_error;
  std::vector<std::string> study_uids;  // Study Instance UIDs, once known
  std::int64_t instances_found = 0;
  std::int64_t instances_fetched = 0;
  std::int64_t erasures_before = 0;  // number of erasures before the request was written
};

/// A later request for items that the source did not have.
struct NextLook {
  int look = 1;
  std::chrono::milliseconds delay{0};
  std::vector<std::string> instances{};  // for a request of single instances: the missing ones
};

/// A request and the holder of its claim. A holder that was silent for longer than its lease may have lost the claim to
/// another process.
struct RequestClaim {
  std::int64_t id = 0;
  std::string holder;
  std::optional<NextLook> again{};  // the dead letter to write if the request fails permanently
};

}  // namespace dmw
