#include "dicom/ul/negotiation.h"

#include <algorithm>

#include "dicom/ul/sop_classes.h"

namespace dmw::ul {
namespace {

/// The first role selection for this SOP class; null: the default roles apply (PS3.7 §D.3.3.4).
const RoleSelection* role_of(const UserInformation& user, std::string_view sop_class) {
  const auto found = std::ranges::find(user.roles, sop_class, &RoleSelection::sop_class);
  return found == user.roles.end() ? nullptr : &*found;
}

}  // namespace

std::string preferred(const std::vector<std::string>& proposed) {
  const auto first = std::ranges::find_if(proposed, is_uid);
  if (first == proposed.end()) return {};
  if (*first == implicit_little_endian && std::ranges::count(proposed, explicit_little_endian) > 0)
    return std::string(explicit_little_endian);
  return *first;
}

AnsweredContext answer(const ProposedContext& proposed, const Policy& policy) {
  AnsweredContext answered{.id = proposed.id, .result = ContextResult::abstract_syntax_not_supported};
  answered.transfer_syntax = proposed.transfer_syntaxes.empty() ? "" : proposed.transfer_syntaxes.front();
  if (proposed.is_malformed) answered.result = ContextResult::no_reason;
  if (proposed.is_malformed || !policy.accepts) return answered;
  const std::optional<std::string> taken = policy.accepts(proposed);
  if (!taken) return answered;
  answered.result = taken->empty() ? ContextResult::transfer_syntaxes_not_supported : ContextResult::accepted;
  if (!taken->empty()) answered.transfer_syntax = *taken;
  return answered;
}

std::expected<AssociateAccept, Rejection> negotiate(const AssociateRequest& request, const Policy& policy) {
  if ((request.versions & 1U) == 0) return std::unexpected(rejections::protocol_version);
  if (request.application_context != application_context_uid) return std::unexpected(rejections::application_context);
  if (!policy.ae_title.empty() && request.called_ae != policy.ae_title) return std::unexpected(rejections::called_ae);

  AssociateAccept accept;
  for (const ProposedContext& proposed : request.contexts) {
    AnsweredContext& answered = accept.contexts.emplace_back(answer(proposed, policy));
    const RoleSelection* role = role_of(request.user, proposed.abstract_syntax);
    if (answered.result != ContextResult::accepted || role == nullptr) continue;
    if (!role->scu) answered.result = ContextResult::user_rejection;
    const RoleSelection granted{.sop_class = proposed.abstract_syntax, .scu = role->scu, .scp = false};
    if (role_of(accept.user, granted.sop_class) == nullptr) accept.user.roles.push_back(granted);
  }
  accept.user.pdu_length_max = policy.pdu_length_max;
  accept.user.implementation_class = implementation_class_uid;
  accept.user.implementation_version = implementation_version_name;
  if (request.user.asynchronous_window) accept.user.asynchronous_window = AsynchronousWindow{};
  return accept;
}

}  // namespace dmw::ul
