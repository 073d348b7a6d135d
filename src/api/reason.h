// Why a person does something that cannot be undone, and who it is: asked for by every route that erases or decides.
#pragma once

#include <expected>
#include <string>

#include "http/problem.h"
#include "http/request.h"
#include "model/session.h"

namespace dmw::api {

/// From the query or from the body. Problems: 422 with `sentence` when there is none.
std::expected<std::string, http::Problem> reason_of(const http::Request& request, std::string sentence);

/// For the audit trail.
std::string actor_of(const http::Request& request);

/// Of what a person orders through the API: the source of the revision that tells of it.
Session session_of(const http::Request& request, MicrosUtc now);

}  // namespace dmw::api
