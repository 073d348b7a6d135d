// When a fetcher gives up a file that fails again and again while everything else works: Orthanc has lost it, or a part
// of its disk.
#pragma once

#include <string>

#include "sources/orthanc/judge.h"

namespace dmw::sources {

/// `error` is what the fetch of `id` came to this time. True when Orthanc still describes the instance and gives the
/// file of another one but, after that, still not this one, and this one was tried often and long enough, or is a dead
/// letter already. Where no other file can be had, a whole disk may be away: that is waited out. Errors: those
/// of the catalog.
Result<bool> is_lost(const FetchFloor& floor, OrthancClient& client, const Pull& pull, const std::string& id,
                     const Error& error);

}  // namespace dmw::sources
