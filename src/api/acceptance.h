// Acceptance: a request for a study that is saved on disk, and the HTTP answers to its caller (RFC 9110 §15.3.3).
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

  http::Answer accepted() const;  ///< 202: the request is saved and will be processed
  http::Answer published(const std::vector<std::string>& study_uids) const;  ///< 200: the studies are published
  http::Problem failed(const std::string& why) const;                        ///< 502: the request failed permanently
};

}  // namespace dmw::api
