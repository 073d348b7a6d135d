// Absence: whether it is Orthanc that has not got a resource. A 404 alone may be anybody's on the way: a proxy that
// reloads, a wrong path rule, a balancer without a target.
#pragma once

#include <string>

#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// After an answer of 404 to a question about this resource, which is still the client's refusal(). True only where
/// Orthanc itself says so: the 404 describes itself as Orthanc's, or the bulk question leaves the resource out, or,
/// where neither can be had, another resource of that level answers under the same kind of path while this one does
/// not. Errors: what kept the question from being answered; nothing is known then.
Result<bool> is_absent(OrthancClient& client, Level level, const std::string& id, const http::CallOptions& call);

}  // namespace dmw::sources
