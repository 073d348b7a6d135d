#include <bitset>

#include "dicom/ul/pdu.h"
#include "dicom/ul/pdu_items.h"
#include "dicom/ul/sop_classes.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

/// Whether it came, so that a repetition can be passed over, and the empty value can be told from none.
using Seen = std::bitset<256>;

Result<std::string> decode_uid(ByteView bytes, std::string_view name) {
  std::string uid = printable(as_text(bytes));
  if (uid.size() > uid_characters_max)
    return fail(Errc::corrupted, format("{} has a UID of {} characters, at most 64 may be", name, uid.size()));
  return uid;
}

Result<ProposedContext> decode_proposed(ByteView value) {
  Reader reader(value, "a presentation context");
  ProposedContext context{.id = TRY(reader.u8())};
  const std::string name = format("presentation context {}", context.id);
  if (context.id % 2 == 0) return fail(Errc::corrupted, format("{} has an even number", name));
  TRY(reader.bytes(3));
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::abstract_syntax && context.abstract_syntax.empty())
      context.abstract_syntax = TRY(decode_uid(item.value, name));
    if (item.type != items::transfer_syntax) continue;
    std::string syntax = TRY(decode_uid(item.value, name));
    if (!syntax.empty()) context.transfer_syntaxes.push_back(std::move(syntax));
  }
  if (context.abstract_syntax.empty()) return fail(Errc::corrupted, format("{} names no abstract syntax", name));
  if (context.transfer_syntaxes.empty()) return fail(Errc::corrupted, format("{} offers no transfer syntax", name));
  return context;
}

Result<AnsweredContext> decode_answered(ByteView value) {
  Reader reader(value, "a presentation context");
  AnsweredContext context{.id = TRY(reader.u8())};
  const std::string name = format("presentation context {}", context.id);
  TRY(reader.u8());
  context.result = ContextResult{TRY(reader.u8())};
  TRY(reader.u8());
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::transfer_syntax && context.transfer_syntax.empty())
      context.transfer_syntax = TRY(decode_uid(item.value, name));
  }
  if (context.result == ContextResult::accepted && context.transfer_syntax.empty())
    return fail(Errc::corrupted, format("{} is accepted without a transfer syntax", name));
  return context;
}

Result<RoleSelection> decode_role(ByteView value) {
  constexpr std::string_view name = "the role selection";
  Reader reader(value, name);
  RoleSelection role{.sop_class = TRY(decode_uid(TRY(reader.counted()), name))};
  role.scu = TRY(reader.u8()) == 1;
  role.scp = TRY(reader.u8()) == 1;
  return role;
}

Result<ExtendedNegotiation> decode_extended(ByteView value) {
  constexpr std::string_view name = "the extended negotiation";
  Reader reader(value, name);
  ExtendedNegotiation extended{.sop_class = TRY(decode_uid(TRY(reader.counted()), name))};
  extended.information = as_text(reader.rest());
  return extended;
}

Result<CommonExtendedNegotiation> decode_common(ByteView value) {
  constexpr std::string_view name = "the common extended negotiation";
  Reader reader(value, name);
  CommonExtendedNegotiation common{.sop_class = TRY(decode_uid(TRY(reader.counted()), name))};
  common.service_class = TRY(decode_uid(TRY(reader.counted()), name));
  Reader related(TRY(reader.counted()), name);
  while (!related.empty()) common.related_sop_classes.push_back(TRY(decode_uid(TRY(related.counted()), name)));
  return common;
}

Result<UserIdentity> decode_identity(ByteView value) {
  Reader reader(value, "the user identity");
  UserIdentity identity{.type = UserIdentity::Type{TRY(reader.u8())}};
  identity.wants_response = TRY(reader.u8()) == 1;
  identity.primary = Private(std::string(as_text(TRY(reader.counted()))));
  identity.secondary = Private(std::string(as_text(TRY(reader.counted()))));
  return identity;
}

Result<> decode_user_item(const Reader::Item& item, bool repeated, UserInformation& user) {
  Reader reader(item.value, "an item of the user information");
  switch (item.type) {
    case items::role_selection:
      user.roles.push_back(TRY(decode_role(item.value)));
      return {};
    case items::extended_negotiation:
      user.extended.push_back(TRY(decode_extended(item.value)));
      return {};
    case items::common_extended_negotiation:
      user.common_extended.push_back(TRY(decode_common(item.value)));
      return {};
    default:
      break;
  }
  if (repeated) return {};
  switch (item.type) {
    case items::pdu_length_max:
      user.pdu_length_max = TRY(reader.u32());
      break;
    case items::implementation_class:
      user.implementation_class = printable(as_text(item.value).substr(0, uid_characters_max));
      break;
    case items::asynchronous_window:
      user.asynchronous_window = AsynchronousWindow{.invoked = TRY(reader.u16()), .performed = TRY(reader.u16())};
      break;
    case items::implementation_version:
      user.implementation_version = printable(as_text(item.value).substr(0, 16));
      break;
    case items::user_identity:
      user.identity = TRY(decode_identity(item.value));
      break;
    case items::user_identity_response:
      user.identity_response = std::string(as_text(TRY(reader.counted())));
      break;
    default:
      break;
  }
  return {};
}

Result<UserInformation> decode_user(ByteView value) {
  UserInformation user;
  Seen seen;
  Reader reader(value, "the user information");
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    TRY(decode_user_item(item, seen[item.type], user));
    seen.set(item.type);
  }
  return user;
}

/// Keeps a context of a number that has not been there.
template <typename Context>
Result<> add_context(Context context, Seen& numbers, std::vector<Context>& into) {
  if (numbers[context.id])
    return fail(Errc::corrupted, format("presentation context {} comes twice; there are 128 at most", context.id));
  numbers.set(context.id);
  into.push_back(std::move(context));
  return {};
}

}  // namespace

Result<AssociateRequest> decode_associate_rq(ByteView body) {
  Reader reader(body, "the A-ASSOCIATE-RQ");
  AssociateRequest request;
  request.application_context.clear();
  request.versions = TRY(reader.u16());
  TRY(reader.bytes(2));
  request.called_ae = printable(as_text(TRY(reader.bytes(16))));
  request.calling_ae = printable(as_text(TRY(reader.bytes(16))));
  TRY(reader.bytes(32));
  Seen seen;
  Seen numbers;
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::proposed_context)
      TRY(add_context(TRY(decode_proposed(item.value)), numbers, request.contexts));
    if (item.type == items::application_context && !seen[item.type])
      request.application_context = TRY(decode_uid(item.value, "the application context"));
    if (item.type == items::user_information && !seen[item.type]) request.user = TRY(decode_user(item.value));
    seen.set(item.type);
  }
  if (request.contexts.empty()) return fail(Errc::corrupted, "no presentation context is proposed");
  return request;
}

Result<AssociateAccept> decode_associate_ac(ByteView body) {
  Reader reader(body, "the A-ASSOCIATE-AC");
  AssociateAccept accept;
  TRY(reader.bytes(echoed_offset + echoed_bytes));
  Seen seen;
  Seen numbers;
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::answered_context)
      TRY(add_context(TRY(decode_answered(item.value)), numbers, accept.contexts));
    if (item.type == items::user_information && !seen[item.type]) accept.user = TRY(decode_user(item.value));
    seen.set(item.type);
  }
  return accept;
}

Result<Rejection> decode_associate_rj(ByteView body) {
  Reader reader(body, "the A-ASSOCIATE-RJ");
  TRY(reader.u8());
  return Rejection{.result = TRY(reader.u8()), .source = TRY(reader.u8()), .reason = TRY(reader.u8())};
}

Result<Abort> decode_abort(ByteView body) {
  Reader reader(body, "the A-ABORT");
  TRY(reader.bytes(2));
  return Abort{.source = TRY(reader.u8()), .reason = TRY(reader.u8())};
}

std::string_view echo_of(std::string_view body) {
  return body.substr(echoed_offset, echoed_bytes);
}

}  // namespace dmw::ul
