#include "dicom/ul/pdu.h"
#include "dicom/ul/pdu_items.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

Writer counted_uid(std::string_view uid) {
  return Writer().counted(uid);
}

Writer encode_common(const CommonExtendedNegotiation& common) {
  Writer related;
  for (const std::string& sop_class : common.related_sop_classes) related.counted(sop_class);
  return counted_uid(common.sop_class).counted(common.service_class).counted(related.bytes());
}

Writer encode_identity(const UserIdentity& identity) {
  return Writer()
      .u8(static_cast<unsigned>(identity.type))
      .u8(identity.wants_response ? 1 : 0)
      .counted(identity.primary.reveal())
      .counted(identity.secondary.reveal());
}

Writer encode_user(const UserInformation& user) {
  Writer out;
  out.item(items::pdu_length_max, Writer().u32(user.pdu_length_max));
  out.item(items::implementation_class, user.implementation_class);
  if (const auto& window = user.asynchronous_window)
    out.item(items::asynchronous_window, Writer().u16(window->invoked).u16(window->performed));
  for (const RoleSelection& role : user.roles)
    out.item(items::role_selection, counted_uid(role.sop_class).u8(role.scu ? 1 : 0).u8(role.scp ? 1 : 0));
  if (!user.implementation_version.empty()) out.item(items::implementation_version, user.implementation_version);
  for (const ExtendedNegotiation& extended : user.extended)
    out.item(items::extended_negotiation, counted_uid(extended.sop_class).text(extended.information));
  for (const CommonExtendedNegotiation& common : user.common_extended)
    out.item(items::common_extended_negotiation, encode_common(common));
  if (user.identity) out.item(items::user_identity, encode_identity(*user.identity));
  if (user.identity_response) out.item(items::user_identity_response, Writer().counted(*user.identity_response));
  return out;
}

std::string encode_four(PduType type, unsigned second, unsigned third, unsigned fourth) {
  return Writer().u8(0).u8(second).u8(third).u8(fourth).pdu(static_cast<unsigned>(type));
}

}  // namespace

std::string encode(const AssociateRequest& request) {
  Writer out = Writer().u16(request.versions).zeros(2).title(request.called_ae).title(request.calling_ae).zeros(32);
  out.item(items::application_context, request.application_context);
  for (const ProposedContext& context : request.contexts) {
    Writer item = Writer().u8(context.id).zeros(3);
    item.item(items::abstract_syntax, context.abstract_syntax);
    for (const std::string& syntax : context.transfer_syntaxes) item.item(items::transfer_syntax, syntax);
    out.item(items::proposed_context, item);
  }
  return out.item(items::user_information, encode_user(request.user)).pdu(static_cast<unsigned>(PduType::associate_rq));
}

std::string encode(const AssociateAccept& accept, std::string_view echoed) {
  echoed = echoed.substr(0, echoed_bytes);
  Writer out = Writer().u16(1).zeros(2).text(echoed).zeros(echoed_bytes - echoed.size());
  out.item(items::application_context, application_context_uid);
  for (const AnsweredContext& context : accept.contexts) {
    Writer item = Writer().u8(context.id).u8(0).u8(static_cast<unsigned>(context.result)).u8(0);
    item.item(items::transfer_syntax, context.transfer_syntax);
    out.item(items::answered_context, item);
  }
  return out.item(items::user_information, encode_user(accept.user)).pdu(static_cast<unsigned>(PduType::associate_ac));
}

std::string encode(const Rejection& rejection) {
  return encode_four(PduType::associate_rj, rejection.result, rejection.source, rejection.reason);
}

std::string encode(const Abort& abort) {
  return encode_four(PduType::abort, 0, abort.source, abort.reason);
}

std::string encode_release_rq() {
  return encode_four(PduType::release_rq, 0, 0, 0);
}

std::string encode_release_rp() {
  return encode_four(PduType::release_rp, 0, 0, 0);
}

}  // namespace dmw::ul
