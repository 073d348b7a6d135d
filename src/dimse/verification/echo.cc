#include "dimse/verification/echo.h"

#include <memory>

#include "dicom/ul/service_user.h"
#include "dicom/ul/sop_classes.h"

namespace dmw::dimse {

Result<Echo> echo(const Target& target, const std::string& calling_ae, std::chrono::milliseconds timeout) {
  const std::string syntaxes[] = {std::string(ul::explicit_little_endian), std::string(ul::implicit_little_endian)};
  const ul::AssociateRequest request = TRY(ul::propose(calling_ae, target.ae_title, {}, syntaxes));
  const std::unique_ptr<OutgoingAssociation> outgoing = TRY(OutgoingAssociation::open(target, request, timeout));
  ul::Association& association = outgoing->association();
  const auto asked_at = std::chrono::steady_clock::now();
  ul::ServiceUser user(association, timeout);
  const Result<ul::Answer> answer = user.echo();
  const auto answered_at = std::chrono::steady_clock::now();
  static_cast<void>(association.release());
  if (!answer) return std::unexpected(answer.error());
  return Echo{.status = answer->status,
              // Only Verification was proposed, so there is one context.
              .transfer_syntax = association.contexts().front().transfer_syntax,
              .implementation_class = association.peer().implementation_class,
              .implementation_version = association.peer().implementation_version,
              .pdu_length_max = association.peer().pdu_length_max,
              .connecting = outgoing->connecting(),
              .negotiating = outgoing->negotiating(),
              .answering = answered_at - asked_at};
}

}  // namespace dmw::dimse
