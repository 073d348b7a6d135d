// The reason and the person behind an erasure or a promotion. Every such route requires them.
#pragma once

#include <expected>
#include <string>

#include "http/problem.h"
#include "http/request.h"
#include "model/session.h"

namespace dmw::api {

/// The reason, from the query or from the body. Problems: 422 with `sentence` if there is none.
std::expected<std::string, http::Problem> reason_of(const http::Request& request, std::string sentence);

/// The caller, for the audit trail.
std::string actor_of(const http::Request& request);

/// A session for an order of a person through the API. It is the source of the revision that this order causes.
Session session_of(const http::Request& request, MicrosUtc now);

}  // namespace dmw::api
