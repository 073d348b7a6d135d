// Negotiation: what an acceptor answers to an A-ASSOCIATE-RQ. docs/conformance.md says the same to people.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dicom/ul/pdu.h"

namespace dmw::ul {

/// The transfer syntax in which a context is accepted; empty: its SOP class is served, but in none of those that were
/// proposed. Nothing: the SOP class is not served.
using Accepts = std::function<std::optional<std::string>(const ProposedContext&)>;

struct Policy {
  std::string ae_title{};  ///< the called title must be this one; empty = any
  Accepts accepts{};       ///< empty: no SOP class is served
  std::uint32_t pdu_length_max = 128 << 10;
};

/// Of transfer syntaxes that were proposed, the one that a service takes which takes any. The one that stands first is
/// the requestor's preference; only Implicit VR gives way to Explicit VR Little Endian beside it, because the pixels
/// are the same and the VRs of private elements come along. Empty when none of them is a UID.
std::string preferred(const std::vector<std::string>& proposed);

/// What is answered to one context. A malformed one is refused by itself, and `accepts` is not asked.
AnsweredContext answer(const ProposedContext& proposed, const Policy& policy);

/// The whole answer. Rejections: protocol version, application context, called title; callers are the door's matter.
/// Roles: the requestor is SCU; where it wants to be SCP alone, the context is refused. Asynchronous operations window:
/// 1, 1. User identity is not verified, so it has no answer, wanted or not (PS3.7 §D.3.3.7: the requestor decides
/// whether it goes on without). Extended negotiation has none either (PS3.7 §D.3.3.5: then the defaults hold).
std::expected<AssociateAccept, Rejection> negotiate(const AssociateRequest& request, const Policy& policy);

}  // namespace dmw::ul
