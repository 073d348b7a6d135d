#include <bitset>

#include "dicom/ul/pdu.h"
#include "dicom/ul/pdu_items.h"
#include "dicom/ul/sop_classes.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

/// Which items were seen, to skip repetitions and to distinguish an empty value from a missing one.
using Seen = std::bitset<256>;

Result<std::string> decode_uid(ByteView bytes, std::string_view name) {
  std::string uid = printable(as_text(bytes));
  if (uid.size() > uid_characters_max)
    return fail(Errc::corrupted, format("{} has a UID of {} characters; at most 64 are allowed", name, uid.size()));
  return uid;
}

/// Decodes a proposed context. On an error (it does not follow PS3.8 §9.3.2.2) `context` has the fields that could be
/// read.
Result<> decode_proposed(ByteView value, ProposedContext& context) {
  Reader reader(value, "a presentation context");
  context.id = TRY(reader.u8());
  const std::string name = format("presentation context {}", context.id);
  TRY(reader.bytes(3));
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::abstract_syntax && context.abstract_syntax.empty())
      context.abstract_syntax = TRY(decode_uid(item.value, name));
    if (item.type != items::transfer_syntax) continue;
    // A transfer syntax that is not a UID is skipped; the others of its context count.
    const Result<std::string> syntax = decode_uid(item.value, name);
    if (syntax && !syntax->empty()) context.transfer_syntaxes.push_back(*syntax);
  }
  return {};
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

/// An invalid item is skipped, like an unknown one.
UserInformation decode_user(ByteView value) {
  UserInformation user;
  Seen seen;
  Reader reader(value, "the user information");
  while (!reader.empty()) {
    const Result<Reader::Item> item = reader.item();
    if (!item) break;
    if (decode_user_item(*item, seen[item->type], user)) seen.set(item->type);
  }
  return user;
}

/// One invalid context does not affect the association: it alone is refused. A context with a repeated number, or
/// without one, is skipped.
void add_proposed(ByteView value, Seen& numbers, std::vector<ProposedContext>& into) {
  if (value.empty()) return;
  ProposedContext context;
  context.is_malformed = !decode_proposed(value, context) || context.id % 2 == 0;
  if (numbers[context.id]) return;
  numbers.set(context.id);
  into.push_back(std::move(context));
}

void add_answered(ByteView value, Seen& numbers, std::vector<AnsweredContext>& into) {
  Result<AnsweredContext> context = decode_answered(value);
  if (!context || numbers[context->id]) return;
  numbers.set(context->id);
  into.push_back(std::move(*context));
}

}  // namespace

Result<AssociateRequest> decode_associate_rq(ByteView body) {
  Reader reader(body, "the A-ASSOCIATE-RQ");
  AssociateRequest request;
  request.application_context.clear();
  request.versions = TRY(reader.u16());
  TRY(reader.bytes(2));
  const Titles titles = titles_of(as_text(body));
  request.called_ae = titles.called;
  request.calling_ae = titles.calling;
  TRY(reader.bytes(32));
  TRY(reader.bytes(32));
  Seen seen;
  Seen numbers;
  while (!reader.empty()) {
    const Reader::Item item = TRY(reader.item());
    if (item.type == items::proposed_context) add_proposed(item.value, numbers, request.contexts);
    if (item.type == items::application_context && !seen[item.type])
      request.application_context = printable(as_text(item.value).substr(0, uid_characters_max + 1));
    if (item.type == items::user_information && !seen[item.type]) request.user = decode_user(item.value);
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
    if (item.type == items::answered_context) add_answered(item.value, numbers, accept.contexts);
    if (item.type == items::user_information && !seen[item.type]) accept.user = decode_user(item.value);
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

Titles titles_of(std::string_view body) {
  if (body.size() < echoed_offset + 32) return {};
  return {.called = printable(body.substr(echoed_offset, 16)),
          .calling = printable(body.substr(echoed_offset + 16, 16))};
}

std::string_view echo_of(std::string_view body) {
  return body.substr(echoed_offset, echoed_bytes);
}

}  // namespace dmw::ul
