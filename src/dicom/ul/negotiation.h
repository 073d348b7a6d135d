// Negotiation: the answer of an acceptor to an A-ASSOCIATE-RQ. docs/conformance.md describes the same for users.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dicom/ul/pdu.h"

namespace dmw::ul {

/// The transfer syntax in which a context is accepted. An empty text: its SOP class is supported, but none of the
/// proposed transfer syntaxes. Nullopt: the SOP class is not supported.
using Accepts = std::function<std::optional<std::string>(const ProposedContext&)>;

struct Policy {
  std::string ae_title{};  ///< the called title must be this one; empty = any
  Accepts accepts{};       ///< empty: no SOP class is served
  std::uint32_t pdu_length_max = 128 << 10;
};

/// The choice among the proposed transfer syntaxes for a service that accepts any. The first one is the requestor's
/// preference and is taken. Exception: Explicit VR Little Endian is taken instead of Implicit VR if both are proposed,
/// because the pixels are the same and it carries the VRs of private elements. Empty if none of them is a UID.
std::string preferred(const std::vector<std::string>& proposed);

/// The answer to one context. A malformed context alone is refused, without asking `accepts`.
AnsweredContext answer(const ProposedContext& proposed, const Policy& policy);

/// The whole answer. Rejections: protocol version, application context, called title; the calling title is checked by
/// the listener. Roles: the requestor is SCU; a context for which it wants to be SCP only is refused. Asynchronous
/// operations window: 1, 1. User identity is not verified and never answered (PS3.7 §D.3.3.7: the requestor decides
/// whether it continues without an answer). Extended negotiation is not answered either (PS3.7 §D.3.3.5: then the
/// defaults apply).
std::expected<AssociateAccept, Rejection> negotiate(const AssociateRequest& request, const Policy& policy);

}  // namespace dmw::ul
