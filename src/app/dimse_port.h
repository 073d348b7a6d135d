// DimsePort: the listener for DIMSE and its services. A new service is named here.
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
