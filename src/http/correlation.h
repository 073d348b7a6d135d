// The ids that connect a request with log lines and with a trace of its caller.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace dmw::http {

struct Correlation {
  Uuid id;                   ///< the caller's X-Correlation-ID if it is a UUID, otherwise a new one
  std::string client_value;  ///< the value of the caller if it is not a UUID: at most 128 printable ASCII characters
};

Correlation correlate(std::optional<std::string_view> header);

/// A valid W3C traceparent (Trace Context §3.2: version 00, lower-case hexadecimal, neither id all zero; of later
/// versions the part that 00 defines), or nothing.
std::optional<std::string> traceparent(std::optional<std::string_view> header);

}  // namespace dmw::http
