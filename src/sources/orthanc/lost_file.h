// Decides when a file counts as lost: it fails repeatedly while everything else works, because Orthanc has lost it or a
// part of its disk.
#pragma once

#include <string>

#include "sources/orthanc/judge.h"

namespace dmw::sources {

/// `error`: of the current fetch of `id`. Returns true if Orthanc still describes the instance, delivers the file of
/// another one, but afterwards still not this one, and this one was tried often and long enough, or is a dead letter
/// already. If no other file can be read, the whole disk may be unavailable, which counts as an outage. Errors: those
/// of the catalog.
Result<bool> is_lost(const FetchFloor& floor, OrthancClient& client, const Pull& pull, const std::string& id,
                     const Error& error);

}  // namespace dmw::sources
