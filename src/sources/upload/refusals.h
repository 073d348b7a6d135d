// Problems for HTTP senders when no instance can be accepted.
#pragma once

#include "base/result.h"
#include "http/problem.h"

namespace dmw::sources {

/// If the intake accepts nothing for now: 503 with Retry-After.
http::Problem not_admitted(const Error& why);
/// If the intake accepts instances but one could not be written: 507 or 413 (no space, now or ever), 503 (the program
/// stops), 500.
http::Problem not_taken(const Error& why);

}  // namespace dmw::sources
