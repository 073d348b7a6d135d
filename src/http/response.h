// Response: the answer of a server, and the meaning of its status.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "http/headers.h"

namespace dmw::http {

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
  std::uint64_t body_bytes = 0;  ///< number of received bytes, also if they went to a sink
  bool success() const { return status >= 200 && status < 300; }
};

/// Converts a status to a Result. 2xx: success. 401 and 403: unauthorized, 404: not_found, 409 and 412: conflict, 410:
/// gone, 413: too_large, 415: unsupported, 408: timeout, 429 and 5xx: unavailable, 507: full, others: invalid.
Result<> expect_success(const Response& response);

}  // namespace dmw::http
