#include "dimse/verification/verification_service.h"

#include "dicom/ul/negotiation.h"
#include "dicom/ul/sop_classes.h"

namespace dmw::dimse {

VerificationService::VerificationService()
    : Service({.name = "verification", .operations = {ul::CommandField::c_echo_rq}}) {}

std::optional<std::string> VerificationService::accepts(const ul::ProposedContext& context) const {
  if (context.abstract_syntax != ul::verification_sop_class) return std::nullopt;
  return ul::preferred(context.transfer_syntaxes);
}

Result<> VerificationService::handle(Request& /*request*/, Responder& responder) {
  return responder.respond(ul::Status::success);
}

}  // namespace dmw::dimse
