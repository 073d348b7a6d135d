// Absence: decides whether Orthanc really does not have a resource. A 404 alone may come from a proxy in between:
// during a reload, by a wrong path rule, or from a balancer without a target.
#pragma once

#include <string>

#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// Call it after a 404 for this resource, which must still be the client's refusal(). Returns true only if Orthanc
/// itself says that the resource is absent: the body of the 404 comes from Orthanc; or the bulk request leaves the
/// resource out; or, if neither is available, another resource of the level can be read and this one cannot. Errors:
/// the reason why this could not be determined.
Result<bool> is_absent(OrthancClient& client, Level level, const std::string& id, const http::CallOptions& call);

}  // namespace dmw::sources
