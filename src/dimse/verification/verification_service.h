// VerificationService: answers C-ECHO (PS3.4 Annex A).
#pragma once

#include "dimse/service.h"

namespace dmw::dimse {

class VerificationService final : public Service {
 public:
  VerificationService();

  std::optional<std::string> accepts(const ul::ProposedContext& context) const override;
  /// With success, in whatever context the C-ECHO comes: some peers send it in one of storage.
  Result<> handle(Request& request, Responder& responder) override;
};

}  // namespace dmw::dimse
