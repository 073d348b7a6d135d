// DimsePort: the DIMSE listener with its services. Add a new service here.
#pragma once

#include "app/foundation.h"
#include "dimse/listener.h"
#include "dimse/verification/verification_service.h"
#include "sources/dimse/storage_service.h"

namespace dmw::app {

struct DimsePort {
  /// `ground` outlives it.
  explicit DimsePort(Foundation& ground);

  sources::StorageService storage;
  dimse::VerificationService verification;
  dimse::Listener listener;
};

}  // namespace dmw::app
