// Acceptance: a request for a study that is durable, and the answers that tell so (RFC 7240, RFC 9110 §15.3.3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "http/answer.h"
#include "http/headers.h"
#include "http/problem.h"

namespace dmw::api {

/// What a caller prefers, as far as it is honoured.
struct Preference {
  std::optional<std::chrono::seconds> wait;  ///< at most 300 s
  bool respond_async = false;

  /// Of all `Prefer` fields; what cannot be read is ignored (RFC 7240 §2).
  static Preference of(const http::Headers& headers);
  /// The value of Preference-Applied; empty when nothing was.
  std::string applied() const;
};

struct Acceptance {
  Uuid request_id;
  Uuid correlation_id;
  Preference preference{};

  http::Answer accepted() const;                                             ///< 202: it will be done
  http::Answer published(const std::vector<std::string>& study_uids) const;  ///< 200: it is done
  http::Problem failed(const std::string& why) const;                        ///< 502: it failed for good
};

}  // namespace dmw::api
