// What a sender over HTTP is told when nothing can be taken from it.
#pragma once

#include "base/result.h"
#include "http/problem.h"

namespace dmw::sources {

/// When the door takes nothing for now: 503 with Retry-After.
http::Problem not_admitted(const Error& why);
/// When the door admits instances, and one could not be written all the same: 507 or 413 (no room, now or ever), 503
/// (the program stops), 500.
http::Problem not_taken(const Error& why);

}  // namespace dmw::sources
