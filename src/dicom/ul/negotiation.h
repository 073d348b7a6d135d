// Negotiation: what an acceptor answers to an A-ASSOCIATE-RQ. docs/conformance.md says the same to people.
#pragma once

#include <expected>
#include <string>

#include "dicom/ul/pdu.h"

namespace dmw::ul {

struct Policy {
  std::string ae_title{};       ///< the called title must be this one; empty = any
  bool accept_unknown = false;  ///< private SOP classes beside those of the standard
  std::uint32_t pdu_length_max = 128 << 10;
};

/// What is answered to one context: Verification and storage SOP classes are accepted (private ones if the policy says
/// so), each with a transfer syntax that was proposed, whichever it is: nothing is ever transcoded. The one that stands
/// first is the requestor's preference; only Implicit VR gives way to Explicit VR Little Endian beside it, because the
/// pixels are the same and the VRs of private elements come along. A malformed context is refused by itself.
AnsweredContext answer(const ProposedContext& proposed, const Policy& policy);

/// The whole answer. Rejections: protocol version, application context, called title; callers are the door's matter.
/// Roles: the requestor is SCU; where it wants to be SCP alone, the context is refused. Asynchronous operations window:
/// 1, 1. User identity is not verified, so it has no answer, wanted or not (PS3.7 §D.3.3.7: the requestor decides
/// whether it goes on without). Extended negotiation has none either (PS3.7 §D.3.3.5: then the defaults hold).
std::expected<AssociateAccept, Rejection> negotiate(const AssociateRequest& request, const Policy& policy);

}  // namespace dmw::ul
