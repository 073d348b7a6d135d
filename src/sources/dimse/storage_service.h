// StorageService: receives instances by C-STORE (PS3.4 Annex B).
#pragma once

#include "dimse/service.h"
#include "sources/door.h"

namespace dmw::sources {

class StorageService final : public dimse::Service {
 public:
  struct Options {
    bool accept_unknown = false;  ///< also private SOP classes
  };

  /// `name`: the name of the source for people. All other arguments outlive the service.
  StorageService(const std::string& name, const Options& options, inbox::Intake& inbox, const dicom::ReadOptions& read,
                 Metrics& metrics);

  /// Accepts every storage SOP class in any proposed transfer syntax. Nothing is transcoded.
  std::optional<std::string> accepts(const ul::ProposedContext& context) const override;
  /// Answers success only after the instance is safe on disk.
  Result<> handle(dimse::Request& request, dimse::Responder& responder) override;
  /// Whether instances can be accepted now. Errors: full.
  Result<> ready() const override { return door_.admit(); }

 private:
  const Options options_;
  Door door_;
};

}  // namespace dmw::sources
