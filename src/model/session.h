// A session: the common origin of instances: one association, one request to an Orthanc, or one scan of a folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/strong.h"
#include "base/uuid.h"

namespace dmw {

/// Random and positive, so that it can be created without the catalog.
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
  std::string calling_ae;  // empty if the intake has none
  std::string called_ae;
  std::string peer;         // address or URL without credentials
  std::string traceparent;  // W3C Trace Context, or empty
  MicrosUtc started_at = 0;
};

}  // namespace dmw
