#include "http/connection.h"

#include <algorithm>
#include <array>

#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "base/log.h"

namespace dmw::http {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

std::string_view known_method(std::string_view method) {
  constexpr std::array known{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  return std::ranges::find(known, method) != known.end() ? method : "OTHER";
}

}  // namespace

Connection::Connection(Shared& shared, IoThread& io, Socket socket, std::shared_ptr<Seats::Seat> seat)
    : shared_(shared),
      io_(io),
      seat_(std::move(seat)),
      wire_(*this, std::move(socket), shared.options.body_timeout),
      reader_(shared, wire_, *this),
      writer_(shared, wire_, turn_, *this) {}

Connection::~Connection() {
  if (exchange_) exchange_->detach();
}

void Connection::start() {
  io_.open.insert(shared_from_this());
  reader_.start();
  await_request();
}

void Connection::stop() {
  if (reader_.is_idle()) return close();
  if (exchange_) exchange_->stop();
  reader_.fail_upload({Errc::cancelled, "the server is stopping", {}});
}

void Connection::closed() {
  if (exchange_) {
    exchange_->lose_peer();
    exchange_->detach();
    exchange_.reset();
  }
  reader_.drop();
  writer_.drop();
  io_.open.erase(shared_from_this());
  seat_.reset();
}

template <typename Function>
void Connection::on_io(Function function) {
  // Empty if the last owner is just releasing it on another thread.
  if (auto self = weak_from_this().lock()) {
    net::post(io_.context, [self, function = std::move(function)]() mutable {
      if (!self->wire_.is_closed()) function(*self);
    });
  }
}

void Connection::pass_answer(Answer answer) {
  on_io([answer = std::move(answer)](Connection& self) mutable {
    self.end_upload();
    self.writer_.answer(std::move(answer));
  });
}

void Connection::pass_stream(Answer head) {
  on_io([head = std::move(head)](Connection& self) {
    self.end_upload();
    self.writer_.stream(head, self.exchange_);
  });
}

void Connection::pass_flush() {
  on_io([](Connection& self) { self.writer_.flush(); });
}

void Connection::pass_want() {
  on_io([](Connection& self) { self.reader_.feed_on(); });
}

void Connection::await_request() {
  if (shared_.stopping) return close();
  turn_ = {};
  seat_->wait([connection = weak_from_this(), &io = io_] {
    net::post(io.context, [connection] {
      if (const auto self = connection.lock()) self->close();
    });
  });
  reader_.await();
}

void Connection::refuse(Turn turn, const Problem& problem) {
  turn_ = std::move(turn);
  writer_.answer(answer_of(problem, turn_.request->correlation));
}

void Connection::take(Turn turn) {
  begin_exchange(std::move(turn));
  watch_peer();
  submit(turn_.route->prompt ? *shared_.prompt : *shared_.pool,
         [router = &shared_.router, route = turn_.route, request = turn_.request,
          responder = Responder(exchange_)]() mutable { router->run(*route, *request, std::move(responder)); });
}

void Connection::take_upload(Turn turn) {
  begin_exchange(std::move(turn));
  const auto body = std::make_shared<BodyPipe>(exchange_);
  reader_.feed(body);
  submit(*shared_.uploads, [router = &shared_.router, route = turn_.route, request = turn_.request, body,
                            responder = Responder(exchange_)]() mutable {
    router->run(*route, *request, std::move(responder), body.get());
  });
}

void Connection::begin_exchange(Turn turn) {
  turn_ = std::move(turn);
  wire_.give_forever();
  exchange_ = std::make_shared<Exchange>(static_cast<Exchange::Line&>(*this), turn_.request->correlation,
                                         shared_.options.stream_limit_bytes, shared_.answers);
  if (shared_.stopping) exchange_->stop();
}

void Connection::submit(WorkPool& pool, WorkPool::Job job) {
  if (pool.submit(std::move(job))) return;
  log::warning("requests_refused", "every worker is busy and the queue is full",
               {{"correlation_id", turn_.request->correlation.text()}});
  exchange_->answer(answer_of(Problem::of(503, "too many requests are waiting").header("Retry-After", "1"),
                              turn_.request->correlation));
}

/// Detects a client that disconnects while its answer is being made. A half-closed connection can still receive the
/// answer.
void Connection::watch_peer() {
  if (watching_) return;
  watching_ = true;
  wire_.socket().async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    self->watching_ = false;
    if (error || self->wire_.is_closed() || !self->exchange_) return;
    char byte = 0;
    const auto got = ::recv(self->wire_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) return;  // the next request has arrived early; it waits
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return self->watch_peer();
    if (got < 0 || self->writer_.is_streaming()) return self->close();
    self->turn_.keep_alive = false;
    self->exchange_->lose_peer();
  });
}

/// If a body was not read to its end, its rest must not be parsed as a request.
void Connection::end_upload() {
  if (!reader_.end_upload()) turn_.keep_alive = false;
}

void Connection::answered(int status) {
  if (shared_.options.observe) {
    const Request& request = *turn_.request;
    const std::string_view route = request.route.empty() ? "unmatched" : std::string_view(request.route);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - turn_.began;
    shared_.options.observe({known_method(request.method), route, status, took.count()});
  }
  if (exchange_) {
    exchange_->detach();
    exchange_.reset();
  }
  if (turn_.keep_alive && !shared_.stopping) return await_request();
  wire_.leave();
}

}  // namespace dmw::http
