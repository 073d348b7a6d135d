// VerificationService: answers C-ECHO (PS3.4 Annex A).
#pragma once

#include "dimse/service.h"

namespace dmw::dimse {

class VerificationService final : public Service {
 public:
  VerificationService();

  std::optional<std::string> accepts(const ul::ProposedContext& context) const override;
  /// Answers success in every context, because some peers send a C-ECHO in a storage context.
  Result<> handle(Request& request, Responder& responder) override;
};

}  // namespace dmw::dimse
