// Which of the studies that an Orthanc had before us are wanted (`backfill` in its settings), as a time: a study that
// is not known here, and whose last instance came before that time, is passed over until somebody asks for it or it
// grows.
#pragma once

#include <string>

#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

/// By Orthanc's clock, in its form; empty: all are wanted. `none` means the first start with that setting, and is kept
/// in the catalog: it stays through restarts and when Orthanc's index is replaced. Errors: those of both.
Result<std::string> wanted_since(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client);

}  // namespace dmw::sources
