// StorageService: takes instances in by C-STORE (PS3.4 Annex B).
#pragma once

#include "dimse/service.h"
#include "sources/door.h"

namespace dmw::sources {

class StorageService final : public dimse::Service {
 public:
  struct Options {
    bool accept_unknown = false;  ///< private SOP classes beside those of the standard
  };

  /// `name`: the source as people see it. All else outlives the service.
  StorageService(const std::string& name, const Options& options, inbox::Intake& inbox, const dicom::ReadOptions& read,
                 Metrics& metrics);

  /// Every storage SOP class, in a transfer syntax that was proposed, whichever it is: nothing is ever transcoded.
  std::optional<std::string> accepts(const ul::ProposedContext& context) const override;
  /// Success is said only once the instance is durable.
  Result<> handle(dimse::Request& request, dimse::Responder& responder) override;
  /// May an instance come in now? Errors: full.
  Result<> ready() const override { return door_.admit(); }

 private:
  const Options options_;
  Door door_;
};

}  // namespace dmw::sources
