// A session: where instances came from in one go. One association, one request's pull, one scan of a folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/strong.h"
#include "base/uuid.h"

namespace dmw {

/// Random, positive: made where the session begins, also while the catalog is away.
using SessionId = Strong<struct SessionIdTag, std::int64_t>;
SessionId new_session_id();

/// Stored in the catalog: append only.
enum class SessionKind : std::int16_t {
  orthanc = 1,
  dimse = 2,
  stow = 3,
  folder = 4,
  replay = 5,
  person = 6,
  recovered = 7
};

struct Session {
  SessionId id;
  SessionKind kind = SessionKind::orthanc;
  Uuid correlation_id;
  std::string source;      // the configured name of the door: "orthanc"
  std::string calling_ae;  // where the door has one
  std::string called_ae;
  std::string peer;         // address or URL without credentials
  std::string traceparent;  // W3C Trace Context, or empty
  MicrosUtc started_at = 0;
};

}  // namespace dmw
