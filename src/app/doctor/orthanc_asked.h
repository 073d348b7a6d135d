// An Orthanc of the settings, asked as the probes of a running serve ask it, so that both describe a fault alike.
#pragma once

#include <chrono>

#include "base/result.h"
#include "config/settings.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/orthanc_client.h"

namespace dmw::app::doctor {

/// One thread.
class OrthancAsked {
 public:
  /// Its URL is set. `patience`: for an answer.
  OrthancAsked(const config::Orthanc& orthanc, std::chrono::milliseconds patience);

  /// Errors: in the words of /ready, why it is not used.
  Result<sources::OrthancSystem> system();
  Result<sources::OrthancSize> size();

 private:
  sources::OrthancOptions options_;
  sources::OrthancClient client_;
};

}  // namespace dmw::app::doctor
