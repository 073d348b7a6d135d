// A request: "fetch this study, or these instances, from that Orthanc". From the trigger, a person, the change poller
// or the reconciler; all feed one lane.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"

namespace dmw {

/// Who asks; the smaller value is served first. Stored in the catalog: append only.
enum class RequestPriority : std::int16_t { asked = 10, seen = 20, reconciled = 30 };

/// Stored in the catalog: append only.
enum class RequestState : std::int16_t { waiting = 0, claimed = 1, done = 2, failed = 3 };
std::string_view name(RequestState state);

struct NewRequest {
  std::string source;
  std::string study;                   // Orthanc's id of the study; empty for a request of single instances
  std::vector<std::string> instances;  // Orthanc's ids; empty for a whole study
  /// When this is done, its study is complete for now: settle without waiting to become quiet.
  bool closes = false;
  RequestPriority priority = RequestPriority::asked;
  Uuid correlation_id;
  std::string client_correlation;
  std::string traceparent;
  /// 1 to 3: this looks again for what the source had named and had not got. 0: an ordinary request.
  int look = 0;
};

struct Request : NewRequest {
  std::int64_t id = 0;
  Uuid request_id;
  RequestState state = RequestState::waiting;
  int repeats = 0;  // how often it was asked for again before it was claimed
  int attempts = 0;
  /// The process that had claimed it ended uncleanly: read its headers in a child process.
  bool interrupted = false;
  MicrosUtc created_at = 0;
  MicrosUtc updated_at = 0;
  std::optional<MicrosUtc> finished_at;
  std::string last_error;
  std::vector<std::string> study_uids;  // Study Instance UIDs, once known
  std::int64_t instances_found = 0;
  std::int64_t instances_fetched = 0;
  std::int64_t erasures_before = 0;  // how many studies had been erased when it was written
};

/// A later look for what the source had not got.
struct NextLook {
  int look = 1;
  std::chrono::milliseconds delay{0};
  std::vector<std::string> instances{};  // of a request of single instances: those that it had not got
};

/// A request and who claimed it. A holder that was silent for longer than its lease may have lost it to another.
struct RequestClaim {
  std::int64_t id = 0;
  std::string holder;
  std::optional<NextLook> again{};  // that it leaves when it fails for good
};

}  // namespace dmw
