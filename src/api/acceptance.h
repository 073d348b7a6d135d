// Acceptance: a request for a study that is durable, and the answers that tell so (RFC 9110 §15.3.3).
#pragma once

#include <string>
#include <vector>

#include "base/uuid.h"
#include "http/answer.h"
#include "http/preference.h"
#include "http/problem.h"

namespace dmw::api {

struct Acceptance {
  Uuid request_id;
  Uuid correlation_id;
  http::Preference preference{};

  http::Answer accepted() const;                                             ///< 202: it will be done
  http::Answer published(const std::vector<std::string>& study_uids) const;  ///< 200: it is done
  http::Problem failed(const std::string& why) const;                        ///< 502: it failed for good
};

}  // namespace dmw::api
