// The part of Connection that writes answers: from memory, pulled piece by piece, or streamed without an end.
#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <sys/socket.h>

#include "base/log.h"
#include "http/connection.h"
#include "http/head.h"

namespace dmw::http {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kLeaveTime{2'000};

std::string_view known_method(std::string_view method) {
  constexpr std::array known{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  return std::ranges::find(known, method) != known.end() ? method : "OTHER";
}

}  // namespace

void Connection::answer(Answer given) {
  if (upload_) end_upload();
  held_ = std::move(given.held);
  if (auto* const body = std::get_if<PulledBody>(&given.body)) {
    unsent_bytes_ = body->length;
    next_piece_ = std::move(body->next);
    if (request_->method == "HEAD" || unsent_bytes_ == 0) return send(std::move(given), {});
    pulled_ = std::move(given);
    return pull();
  }
  auto body = std::move(std::get<std::string>(given.body));
  unsent_bytes_ = body.size();
  send(std::move(given), std::move(body));
}

void Connection::send(Answer given, std::string first_piece) {
  status_ = given.status;
  const bool in_chunks = !unsent_bytes_ && chunked_;
  if (shared_.stopping || (!unsent_bytes_ && !in_chunks)) keep_alive_ = false;
  const Framing framing{.length = unsent_bytes_, .chunked = in_chunks, .close = !keep_alive_};
  std::string head = head_of(given.status, given.headers, request_->correlation, framing);
  if (request_->method == "HEAD" || given.status == 204 || given.status == 304) {
    return write(std::move(head), {}, &Connection::finish);
  }
  send_piece(std::move(head), std::move(first_piece));
}

/// Behind `head`, and then the next piece, or the end.
void Connection::send_piece(std::string head, std::string piece) {
  const bool is_last = unsent_bytes_ ? piece.size() == *unsent_bytes_ : piece.empty();
  if (unsent_bytes_) {
    *unsent_bytes_ -= piece.size();
  } else if (chunked_) {
    piece = is_last ? std::string(kLastChunk) : chunk_of(piece);
  }
  write(std::move(head), std::move(piece), is_last ? &Connection::finish : &Connection::pull);
}

void Connection::pull() {
  shared_.pool->go_on([self = shared_from_this(), next = std::move(next_piece_)]() mutable {
    Result<std::string> piece = next();
    self->on_io([piece = std::move(piece), next = std::move(next)](Connection& io) mutable {
      io.next_piece_ = std::move(next);
      io.on_piece(std::move(piece));
    });
  });
}

void Connection::on_piece(Result<std::string> piece) {
  if (piece && unsent_bytes_ && (piece->empty() || piece->size() > *unsent_bytes_)) {
    piece = fail(Errc::internal, "a pulled body does not have its length");
  }
  if (!piece) {
    log::error("body_failed", piece.error().message(), {{"correlation_id", request_->correlation.text()}});
    if (!pulled_) return close();  // the caller sees that it is cut
    pulled_.reset();
    next_piece_ = nullptr;
    return answer(answer_of(Problem::of(piece.error()), request_->correlation));
  }
  if (pulled_) {
    Answer first = std::move(*pulled_);
    pulled_.reset();
    return send(std::move(first), std::move(*piece));
  }
  send_piece({}, std::move(*piece));
}

void Connection::begin_stream(const Answer& head) {
  if (upload_) end_upload();
  state_ = State::streaming;
  status_ = head.status;
  if (!chunked_ || shared_.stopping) keep_alive_ = false;
  const bool bodiless = request_->method == "HEAD";
  if (bodiless) exchange_->end_stream();
  const Framing framing{.length = std::nullopt, .chunked = chunked_, .close = !keep_alive_};
  writing_ = true;
  write(head_of(head.status, head.headers, request_->correlation, framing), {},
        bodiless ? &Connection::finish : &Connection::write_stream);
}

/// Something was written into the stream, or it ended.
void Connection::flush() {
  if (!writing_) write_stream();
}

void Connection::write_stream() {
  writing_ = false;
  auto [bytes, ended, held] = exchange_->take();
  held_ = std::move(held);
  if (bytes.empty() && !ended) return;
  writing_ = true;
  if (chunked_ && !bytes.empty()) bytes = chunk_of(bytes);
  std::string tail(chunked_ && ended ? kLastChunk : std::string_view{});
  write(std::move(bytes), std::move(tail), ended ? &Connection::finish : &Connection::write_stream);
}

void Connection::finish() {
  next_piece_ = nullptr;
  held_ = {};
  writing_ = false;
  const std::string_view route = request_->route.empty() ? "unmatched" : std::string_view(request_->route);
  if (shared_.options.observe) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    shared_.options.observe({known_method(request_->method), route, status_, took.count()});
  }
  if (exchange_) {
    exchange_->detach();
    exchange_.reset();
  }
  if (keep_alive_ && !shared_.stopping) return await_request();
  leave();
}

/// Closes so that the client can still read the answer: a close with unread bytes would reset the connection.
void Connection::leave() {
  state_ = State::leaving;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  give(kLeaveTime);
  drain();
}

void Connection::drain() {
  socket_.async_read_some(net::buffer(drained_), [self = shared_from_this()](error_code error, std::size_t) {
    if (self->closed_) return;
    if (error) return self->close();
    self->drain();
  });
}

}  // namespace dmw::http
