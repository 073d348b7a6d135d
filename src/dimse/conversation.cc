#include "dimse/conversation.h"

#include <algorithm>

#include "base/format.h"
#include "dicom/ul/negotiation.h"
#include "dimse/responder.h"

namespace dmw::dimse {
namespace {

using ul::Status;

bool any_accepted(const ul::AssociateAccept& answer) {
  return std::ranges::any_of(answer.contexts, [](const ul::AnsweredContext& context) {
    return context.result == ul::ContextResult::accepted;
  });
}

/// PS3.4 Annexes C and K: the queries and retrievals of an archive, and worklists.
bool is_query(std::string_view sop_class) {
  return sop_class.starts_with("1.2.840.10008.5.1.4.1.2.") || sop_class == "1.2.840.10008.5.1.4.31";
}

std::string none_accepted(const ul::AssociateRequest& request, const Services& services) {
  const bool asks = std::ranges::any_of(
      request.contexts, [](const ul::ProposedContext& context) { return is_query(context.abstract_syntax); });
  return asks ? format("the caller requested a query or retrieval; this program offers only {}", services.names())
              : "none of the proposed SOP classes is accepted";
}

}  // namespace

Conversation::Conversation(File socket, Peer peer, Floor& floor)
    : floor_(floor),
      peer_(std::move(peer)),
      transport_(std::move(socket)),
      association_(transport_, {.artim = floor.options.artim, .write = floor.options.idle}),
      session_(session_of(floor.source, peer_, floor.clock.now())),
      account_(floor, peer_, session_) {}

void Conversation::run() {
  const Result<ul::AssociateRequest> request = association_.await_request();
  session_.calling_ae = association_.titles().calling;
  session_.called_ae = association_.titles().called;
  if (!request) return unasked(request.error());
  const std::optional<Seats::Seat> seat = admit(*request);
  if (!seat) return;
  floor_.metrics.opened();
  serve();
  floor_.metrics.closed();
  account_.ended(association_.ending(), fault_);
}

std::optional<Seats::Seat> Conversation::admit(const ul::AssociateRequest& request) {
  if (auto objection = floor_.gate.objection(request.calling_ae, peer_.address)) {
    reject(ul::rejections::calling_ae, "caller", *std::move(objection));
    return std::nullopt;
  }
  const auto answer = negotiate(request);
  if (!answer) {
    const bool title = answer.error() == ul::rejections::called_ae;
    reject(answer.error(), title ? "called_ae" : "protocol",
           title ? format("called AE title was '{}'; ours is '{}'", session_.called_ae, floor_.options.ae_title)
                 : ul::describe(answer.error()));
    return std::nullopt;
  }
  std::optional<Seats::Seat> seat = floor_.associations.take(peer_.address);
  if (!seat) {
    reject(ul::rejections::local_limit, "limit",
           "too many associations at once (DIMSE_ASSOCIATIONS, DIMSE_ASSOCIATIONS_PER_HOST)");
    return std::nullopt;
  }
  if (!stay()) {
    gave_way();
    return std::nullopt;
  }
  if (const Result<> accepted = association_.accept(*answer); !accepted) {
    account_.ended(association_.ending(), accepted.error());
    return std::nullopt;
  }
  account_.accepted();
  if (!any_accepted(*answer)) account_.doubt(none_accepted(request, floor_.services));
  return seat;
}

std::expected<ul::AssociateAccept, ul::Rejection> Conversation::negotiate(const ul::AssociateRequest& request) {
  const auto accepts = [this](const ul::ProposedContext& context) -> std::optional<std::string> {
    std::optional<Services::Acceptance> accepted = floor_.services.accepting(context);
    if (!accepted) return std::nullopt;
    accepted_by_[context.id] = accepted->service;
    return std::move(accepted->transfer_syntax);
  };
  return ul::negotiate(request, {.ae_title = floor_.options.ae_title, .accepts = accepts});
}

void Conversation::reject(const ul::Rejection& rejection, const std::string& reason, std::string words) {
  account_.rejected(reason, std::move(words));
  static_cast<void>(association_.reject(rejection));
}

void Conversation::serve() {
  ul::MessageReader reader(association_, {.idle = floor_.options.idle, .stall = floor_.options.idle});
  while (rest()) {
    const Result<std::optional<ul::Message>> message = reader.next();
    if (!message) fault_ = message.error();
    if (!message || !*message) return;
    resume();
    if (const Result<> handled = handle(reader, **message); !handled) {
      fault_ = handled.error();
      return;
    }
  }
  fault_ = Error{Errc::cancelled, "the program is stopping", {}};
  association_.abort();
}

void Conversation::unasked(const Error& why) {
  if (stay())
    account_.unasked(association_.ending(), association_.heard(), why);
  else
    gave_way();
}

bool Conversation::give_way() {
  const std::scoped_lock lock(mutex_);
  if (!may_give_way_) return false;
  gives_way_ = true;
  transport_.interrupt();
  return true;
}

bool Conversation::stay() {
  const std::scoped_lock lock(mutex_);
  may_give_way_ = false;
  return !gives_way_;
}

void Conversation::gave_way() {
  account_.turned_away("connections", "closed to make room for another connection, before it had an association");
  association_.abort();
}

bool Conversation::rest() {
  const std::scoped_lock lock(mutex_);
  busy_ = false;
  return !stopping_;
}

void Conversation::resume() {
  const std::scoped_lock lock(mutex_);
  busy_ = true;
}

void Conversation::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  if (!busy_) transport_.interrupt();
}

Result<> Conversation::handle(ul::MessageReader& reader, const ul::Message& message) {
  const ul::CommandField field = message.command.field;
  // Ignored: a C-CANCEL (its operation has been answered already) and a response (we have sent no request).
  if (field == ul::CommandField::c_cancel_rq || ul::is_response(field)) return {};
  Responder responder(association_, message, account_);
  if (Service* const service = serving(message)) {
    Request request(message, session_, reader);
    return service->handle(request, responder);
  }
  const std::string served = format("this program offers only {}", floor_.services.operations());
  account_.doubt(format("the caller requested {}; {}", ul::describe(field), served));
  return responder.respond(Status::unrecognized_operation, served);
}

/// Some peers send a C-ECHO in a context of another SOP class.
Service* Conversation::serving(const ul::Message& message) const {
  Service* const agreed = accepted_by_[message.context->id];
  if (agreed->serves(message.command.field)) return agreed;
  return floor_.services.serving(message.command.field);
}

}  // namespace dmw::dimse
