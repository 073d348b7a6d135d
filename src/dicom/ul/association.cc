#include "dicom/ul/association.h"

#include <algorithm>

#include "base/format.h"
#include "dicom/ul/data_writer.h"

namespace dmw::ul {
namespace {

/// Longest PDU that we send, even if the peer accepts longer ones.
constexpr std::uint32_t send_max = 256 << 10;

/// The length in PS3.8 §D.1 includes the PDV header. 0 if no payload fits.
std::size_t payload_within(std::uint32_t pdu_length_max) {
  const std::size_t length = pdu_length_max == 0 ? send_max : std::min(pdu_length_max, send_max);
  return length < pdv_heading_bytes ? 0 : (length - pdv_heading_bytes) & ~std::size_t{1};
}

/// Bytes that have arrived already are read without checking the deadline, so an endless series of empty PDVs needs
/// this check.
bool is_over(Monotonic deadline) {
  return std::chrono::steady_clock::now() >= deadline;
}
Error nothing_but_empty() {
  return {Errc::timeout, "only empty PDVs were received for too long", {}};
}

}  // namespace

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::none:
      return "none";
    case Ending::released:
      return "released";
    case Ending::rejected:
      return "rejected";
    case Ending::peer_aborted:
      return "peer_aborted";
    case Ending::peer_closed:
      return "peer_closed";
    case Ending::violated:
      return "violated";
    case Ending::timed_out:
      return "timed_out";
    case Ending::stopped:
      return "stopped";
    case Ending::aborted:
      return "aborted";
  }
  return "unknown";
}

Association::Association(Transport& transport, const AssociationOptions& options)
    : transport_(transport), options_(options), in_(transport) {}

Result<AssociateRequest> Association::await_request() {
  if (state_ != State::accepting) return over();
  const Monotonic deadline = from_now(options_.artim);
  const Result<PduStream::Header> pdu = in_.next(deadline);
  if (!pdu) return failed(pdu.error());
  if (pdu->type != PduType::associate_rq) return unexpected(*pdu, deadline);
  asked_ = true;
  const Result<std::string> body = in_.body(*pdu, deadline);
  if (!body) return failed(body.error());
  titles_ = titles_of(*body);
  Result<AssociateRequest> request = decode_associate_rq(as_bytes(*body));
  if (!request) return failed(request.error());
  peer_ = request->user;
  proposed_ = request->contexts;
  echoed_ = echo_of(*body);
  return request;
}

Result<> Association::accept(const AssociateAccept& answer) {
  if (state_ != State::accepting) return over();
  agree(answer, answer.user.pdu_length_max);
  if (payload_max_ == 0)
    return violated(format("PDUs of {} bytes have no content", peer_.pdu_length_max), aborts::invalid_parameter);
  TRY(write(encode(answer, echoed_)));
  state_ = State::established;
  return {};
}

Result<> Association::reject(const Rejection& rejection) {
  if (state_ != State::accepting) return over();
  say_last(encode(rejection), Ending::rejected);
  return {};
}

Result<> Association::request(const AssociateRequest& request) {
  if (state_ != State::accepting) return over();
  state_ = State::requesting;
  requestor_ = true;
  proposed_ = request.contexts;
  TRY(write(encode(request)));
  const Monotonic deadline = from_now(options_.artim);
  const Result<PduStream::Header> pdu = in_.next(deadline);
  if (!pdu) return failed(pdu.error());
  if (pdu->type != PduType::associate_ac && pdu->type != PduType::associate_rj) return unexpected(*pdu, deadline);
  const Result<std::string> body = in_.body(*pdu, deadline);
  if (!body) return failed(body.error());
  if (pdu->type == PduType::associate_rj) {
    const Result<Rejection> rejection = decode_associate_rj(as_bytes(*body));
    if (!rejection) return failed(rejection.error());
    end(Ending::rejected);
    return fail(rejection->transient() ? Errc::unavailable : Errc::unauthorized, describe(*rejection));
  }
  const Result<AssociateAccept> answer = decode_associate_ac(as_bytes(*body));
  if (!answer) return failed(answer.error());
  peer_ = answer->user;
  agree(*answer, request.user.pdu_length_max);
  if (payload_max_ == 0)
    return violated(format("PDUs of {} bytes have no content", peer_.pdu_length_max), aborts::invalid_parameter);
  state_ = State::established;
  return {};
}

void Association::agree(const AssociateAccept& answer, std::uint32_t receive_max) {
  for (const AnsweredContext& answered : answer.contexts) {
    const auto proposed = std::ranges::find(proposed_, answered.id, &ProposedContext::id);
    if (answered.result != ContextResult::accepted || proposed == proposed_.end()) continue;
    if (std::ranges::count(proposed->transfer_syntaxes, answered.transfer_syntax) == 0) continue;
    agreed_.push_back({answered.id, proposed->abstract_syntax, answered.transfer_syntax});
    agreed_at_[answered.id] = static_cast<std::uint8_t>(agreed_.size());
  }
  proposed_.clear();
  receive_max_ = receive_max;
  payload_max_ = payload_within(peer_.pdu_length_max);
}

const AgreedContext* Association::context(std::uint8_t id) const {
  return agreed_at_[id] == 0 ? nullptr : &agreed_[agreed_at_[id] - 1U];
}

Result<std::optional<Fragment>> Association::receive(Monotonic deadline) {
  if (state_ != State::established) return over();
  for (;;) {
    Result<std::optional<Fragment>> piece = in_.piece(deadline);
    if (!piece) return failed(piece.error());
    if (*piece) {
      if (agreed_at_[(*piece)->context] == 0)
        return violated(format("data for presentation context {}, which was not agreed", (*piece)->context),
                        aborts::invalid_parameter);
      inside_ = !(*piece)->last;
      if ((*piece)->bytes.empty() && is_over(deadline)) return failed(nothing_but_empty());
      return piece;
    }
    const Result<PduStream::Header> pdu = in_.next(deadline);
    if (!pdu) return failed(pdu.error());
    if (pdu->type == PduType::p_data) {
      TRY(begin_data(*pdu));
      continue;
    }
    if (pdu->type != PduType::release_rq || inside_) return unexpected(*pdu, deadline);
    if (const Result<std::string> body = in_.body(*pdu, deadline); !body) return failed(body.error());
    say_last(encode_release_rp(), Ending::released);
    return std::nullopt;
  }
}

Result<> Association::begin_data(const PduStream::Header& pdu) {
  if (receive_max_ != 0 && pdu.length > receive_max_)
    return violated(format("a P-DATA-TF of {} bytes, more than the agreed {}", pdu.length, receive_max_),
                    aborts::invalid_parameter);
  if (pdu.length == 0) return violated("a P-DATA-TF without a PDV", aborts::invalid_parameter);
  in_.begin_data(pdu);
  return {};
}

Result<> Association::send_command(std::uint8_t context, ByteView command) {
  return send(context, &command, nullptr, true);
}

Result<> Association::send_message(std::uint8_t context, ByteView command, ByteView dataset, bool last) {
  return send(context, &command, &dataset, last);
}

Result<> Association::send_dataset(std::uint8_t context, ByteView dataset, bool last) {
  return send(context, nullptr, &dataset, last);
}

Result<> Association::send(std::uint8_t context, const ByteView* command, const ByteView* dataset, bool last) {
  if (state_ != State::established) return over();
  ASSERT(this->context(context) != nullptr);
  DataWriter writer(transport_, context, payload_max_, from_now(options_.write));
  Result<> written;
  if (command != nullptr) written = writer.add(*command, true, true);
  if (written && dataset != nullptr) written = writer.add(*dataset, false, last);
  if (written) written = writer.flush();
  if (!written) return cut(written.error());
  return {};
}

Result<> Association::release() {
  if (state_ != State::established) return over();
  TRY(write(encode_release_rq()));
  const Monotonic deadline = from_now(options_.artim);
  bool collided = false;
  while (state_ == State::established) {
    const Result<std::optional<Fragment>> dropped = in_.piece(deadline);
    if (!dropped) return failed(dropped.error());
    if (*dropped && (*dropped)->bytes.empty() && is_over(deadline)) return failed(nothing_but_empty());
    if (*dropped) continue;
    const Result<PduStream::Header> pdu = in_.next(deadline);
    if (!pdu) return failed(pdu.error());
    if (pdu->type == PduType::p_data && !collided)
      TRY(begin_data(*pdu));
    else
      TRY(release_answered(*pdu, collided, deadline));
  }
  return {};
}

/// PS3.8 §9.2.3, Table 9-10: in a release collision the requestor answers at once (Sta9), the acceptor only after it
/// has received an answer (Sta10, Sta12).
Result<> Association::release_answered(const PduStream::Header& pdu, bool& collided, Monotonic deadline) {
  const bool collides = pdu.type == PduType::release_rq && !collided;
  if (pdu.type != PduType::release_rp && !collides) return unexpected(pdu, deadline);
  if (const Result<std::string> body = in_.body(pdu, deadline); !body) return failed(body.error());
  if (collides) {
    collided = true;
    return requestor_ ? write(encode_release_rp()) : Result<>();
  }
  if (collided && !requestor_)
    say_last(encode_release_rp(), Ending::released);
  else
    end(Ending::released);
  return {};
}

void Association::abort(const Abort& abort) {
  if (state_ != State::ended) say_last(encode(abort), Ending::aborted);
}

std::unexpected<Error> Association::violated(std::string what, const Abort& abort) {
  // Before the association exists, the source of an abort cannot be the provider (PS3.8 §9.2.2, AA-1 and AA-8).
  if (state_ != State::ended) say_last(encode(state_ == State::accepting ? aborts::user : abort), Ending::violated);
  return fail(Errc::corrupted, std::move(what));
}

std::unexpected<Error> Association::unexpected(const PduStream::Header& pdu, Monotonic deadline) {
  if (pdu.type == PduType::abort) {
    const Result<std::string> body = in_.body(pdu, deadline);
    const Result<Abort> abort = body ? decode_abort(as_bytes(*body)) : Abort{};
    std::string what = format("{}, {}", describe(abort.value_or(Abort{})), moment());
    end(Ending::peer_aborted);
    return fail(Errc::unavailable, std::move(what));
  }
  const bool known = pdu.type >= PduType::associate_rq && pdu.type <= PduType::abort;
  return violated(format("{} came {}", describe(pdu.type), moment()),
                  known ? aborts::unexpected_pdu : aborts::unrecognized_pdu);
}

std::unexpected<Error> Association::failed(Error error) {
  if (error.code == Errc::corrupted) return violated(std::move(error.what), aborts::invalid_parameter);
  if (error.code == Errc::unavailable || state_ == State::accepting) return cut(std::move(error));
  std::string what = format("{}, {}", error.what, moment());
  say_last(encode(aborts::user), error.code == Errc::cancelled ? Ending::stopped : Ending::timed_out);
  return fail(error.code, std::move(what));
}

std::unexpected<Error> Association::cut(Error error) {
  std::string what = format("{}, {}", error.what, moment());
  end(error.code == Errc::timeout     ? Ending::timed_out
      : error.code == Errc::cancelled ? Ending::stopped
                                      : Ending::peer_closed);
  return fail(error.code, std::move(what));
}

std::unexpected<Error> Association::over() const {
  return fail(Errc::cancelled, "the association has ended");
}

std::string_view Association::moment() const {
  if (state_ == State::accepting && asked_) return "before the association was established";
  if (state_ == State::accepting) return "before an association was requested";
  if (state_ == State::requesting) return "before the association was answered";
  return inside_ ? "in the middle of a message" : "without a release";
}

Result<> Association::write(std::string_view pdu) {
  const ByteView bytes = as_bytes(pdu);
  if (const Result<> written = transport_.write({&bytes, 1}, from_now(options_.write)); !written)
    return cut(written.error());
  return {};
}

/// PS3.8 §9.2.1, Sta13: the peer closes the connection; if it does not, we close it when the timer ends. Until then all
/// input is read: closing a socket with unread bytes resets the connection, and the peer could lose our last PDU.
void Association::say_last(std::string_view pdu, Ending ending) {
  const Monotonic deadline = from_now(options_.linger);
  const ByteView bytes = as_bytes(pdu);
  if (transport_.write({&bytes, 1}, deadline)) in_.drain(deadline);
  end(ending);
}

void Association::end(Ending ending) {
  transport_.close();
  state_ = State::ended;
  ending_ = ending;
}

}  // namespace dmw::ul
