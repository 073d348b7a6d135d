#include "http/connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <sys/socket.h>

#include "base/format.h"
#include "base/log.h"
#include "http/correlation.h"
#include "http/framing.h"
#include "http/listener.h"

namespace dmw::http {

namespace net = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kWriteStepBytes = 256 << 10;

std::string_view text(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

}  // namespace

Connection::Connection(Shared& shared, IoThread& io, Socket socket, std::shared_ptr<Seats::Seat> seat)
    : shared_(shared),
      io_(io),
      socket_(std::move(socket)),
      seat_(std::move(seat)),
      timer_(io.context.get_executor()),
      buffer_(1 << 20) {}

Connection::~Connection() {
  if (exchange_) exchange_->detach();
}

void Connection::start() {
  io_.open.insert(shared_from_this());
  peer_ = peer_of(socket_.native_handle());
  local_address_ = local_address_of(socket_.native_handle());
  if (shared_.stopping) return close();
  await_request();
}

void Connection::stop() {
  if (state_ == State::idle) return close();
  if (exchange_) exchange_->stop();
  if (upload_) upload_failed({Errc::cancelled, "the server is stopping", {}});
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();
  error_code ignored;
  socket_.close(ignored);
  give_forever();
  if (exchange_) {
    exchange_->lose_peer();
    exchange_->detach();
    exchange_.reset();
  }
  if (upload_) upload_->fail({Errc::unavailable, "the connection was closed before the end of the body", {}});
  upload_.reset();
  next_piece_ = nullptr;
  pulled_.reset();
  held_ = {};
  io_.open.erase(self);
  seat_.reset();
}

void Connection::pass_answer(Answer answer) {
  on_io([answer = std::move(answer)](Connection& self) mutable { self.answer(std::move(answer)); });
}

void Connection::pass_stream(Answer head) {
  on_io([head = std::move(head)](Connection& self) { self.begin_stream(head); });
}

void Connection::pass_flush() {
  on_io([](Connection& self) {
    if (self.state_ == State::streaming) self.flush();
  });
}

void Connection::pass_want() {
  on_io([](Connection& self) { self.read_upload(); });
}

/// `late` runs, and mostly cuts the connection, when nothing gives new time before this is over.
void Connection::give(std::chrono::milliseconds time, Step late) {
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this(), late, term = ++term_](error_code error) {
    // A wait that was overtaken may have been queued before it could be cancelled.
    if (!error && term == self->term_) ((*self).*late)();
  });
}

void Connection::give_forever() {
  ++term_;
  timer_.cancel();
}

void Connection::write(std::string first, std::string second, Step next) {
  out_ = {std::move(first), std::move(second)};
  const std::array buffers{net::const_buffer(net::buffer(out_[0])), net::const_buffer(net::buffer(out_[1]))};
  give(shared_.options.body_timeout);
  net::async_write(
      socket_, buffers,
      [self = shared_from_this(), before = std::size_t{0}](error_code error, std::size_t sent) mutable -> std::size_t {
        if (sent - before >= kProgressBytes) {
          self->give(self->shared_.options.body_timeout);
          before = sent;
        }
        return error ? 0 : kWriteStepBytes;
      },
      [self = shared_from_this(), next](error_code error, std::size_t) {
        if (self->closed_) return;
        if (error) return self->close();
        self->give_forever();
        ((*self).*next)();
      });
}

void Connection::await_request() {
  if (shared_.stopping) return close();
  state_ = State::idle;
  request_.reset();
  seat_->wait([connection = weak_from_this(), &io = io_] {
    net::post(io.context, [connection] {
      if (const auto self = connection.lock()) self->close();
    });
  });
  if (buffer_.size() > 0) return read_head();
  give(first_ ? shared_.options.header_timeout : shared_.options.idle_timeout);
  first_ = false;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->closed_) return;
    if (error) return self->close();
    self->read_head();
  });
}

void Connection::read_head() {
  state_ = State::reading;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_limit_bytes));
  parser_->body_limit(boost::none);  // the route decides, when it is known
  give(shared_.options.header_timeout);
  beast_http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
    if (self->closed_) return;
    if (error) return self->refuse_unreadable(error);
    self->on_head();
  });
}

void Connection::refuse_unreadable(error_code error) {
  static const auto& http_errors = beast_http::make_error_code(beast_http::error::end_of_stream).category();
  if (error.category() != http_errors || error == beast_http::error::end_of_stream ||
      error == beast_http::error::partial_message) {
    return close();
  }
  if (!seat_->begin()) return;
  if (!request_) {
    request_ = std::make_shared<Request>();
    request_->correlation = Uuid::random();
    began_ = steady_clock::now();
  }
  if (error == beast_http::error::header_limit) {
    return refuse(Problem::of(431, format("the head is over {} bytes", shared_.options.header_limit_bytes)));
  }
  if (error == beast_http::error::body_limit) return refuse(Problem::of(413, "the body is over the limit"));
  refuse(Problem::of(400, "this is not an HTTP/1.1 request"));
}

void Connection::on_head() {
  if (!seat_->begin()) return;  // it gave way, and is closed in a moment
  body_due_ = 0;
  began_ = steady_clock::now();
  const auto& head = parser_->get();
  request_ = std::make_shared<Request>();
  Request& request = *request_;
  request.method = text(head.method_string());
  request.peer = peer_;
  request.local_address = local_address_;
  request.answers = shared_.answers;
  for (const auto& field : head) {
    request.headers.add(std::string(text(field.name_string())), std::string(text(field.value())));
  }
  Correlation correlation = correlate(request.header("X-Correlation-ID"));
  request.correlation = std::move(correlation.id);
  request.client_correlation = std::move(correlation.client_value);
  request.traceparent = traceparent(request.header("traceparent"));
  keep_alive_ = head.keep_alive();
  chunked_ = head.version() >= 11;

  if (const auto wrong = objection_to_framing(request.headers, head.version())) {
    keep_alive_ = false;
    return refuse(*wrong);
  }
  const auto route = shared_.router.match(request, text(head.target()));
  if (!route && (route.error().status == 421 || route.error().status == 403)) tell_of_stranger(route.error());
  if (!route) return refuse(route.error());
  route_ = *route;
  const Expects expects = expectation(request.headers, head.version());
  if (expects == Expects::unknown) return refuse(Problem::of(417, "unknown expectation"));
  expects_continue_ = expects == Expects::to_be_asked && !parser_->is_done() && buffer_.size() == 0;
  if (route_->upload != nullptr) return begin_upload();
  const auto length = parser_->content_length();
  if (length && *length > route_->body_limit_bytes) {
    return refuse(Problem::of(413, format("the body is over {} bytes", route_->body_limit_bytes)));
  }
  parser_->body_limit(route_->body_limit_bytes);
  if (expects_continue_) return write(std::string(kContinue), {}, &Connection::read_body);
  read_body();
}

/// Once a minute at most: who is refused by mistake finds it in the log, and who tries on purpose does not fill it.
void Connection::tell_of_stranger(const Problem& problem) {
  constexpr std::chrono::minutes rest{1};
  auto told = shared_.strangers_told.load();
  if (told != steady_clock::time_point() && began_ - told < rest) return;
  if (!shared_.strangers_told.compare_exchange_strong(told, began_)) return;
  log::warning("stranger_refused",
               format("{}, from {}",
                      problem.status == 421 ? "a request under a host that HTTP_HOSTS does not list"
                                            : "a request of a page of another origin",
                      peer_),
               {{"peer", peer_}, {"correlation_id", request_->correlation.text()}});
}

void Connection::read_body() {
  if (parser_->is_done()) return dispatch();
  if (const std::size_t got = parser_->get().body().size(); got >= body_due_) {
    body_due_ = got + kProgressBytes;
    give(shared_.options.body_timeout);
  }
  beast_http::async_read_some(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
    if (self->closed_) return;
    if (error) return self->refuse_unreadable(error);
    self->read_body();
  });
}

/// Refuses a request that may not have been read to its end, so that nothing after it on this connection is one.
void Connection::refuse(const Problem& problem) {
  if (parser_ && !parser_->is_done()) keep_alive_ = false;
  state_ = State::answering;
  answer(answer_of(problem, request_->correlation));
}

void Connection::dispatch() {
  begin_exchange();
  request_->body = std::move(parser_->get().body());
  watch_peer();
  submit(route_->prompt ? *shared_.prompt : *shared_.pool,
         [router = &shared_.router, route = route_, request = request_, responder = Responder(exchange_)]() mutable {
           router->run(*route, *request, std::move(responder));
         });
}

void Connection::begin_exchange() {
  state_ = State::answering;
  give_forever();
  exchange_ =
      std::make_shared<Exchange>(*this, request_->correlation, shared_.options.stream_limit_bytes, shared_.answers);
  if (shared_.stopping) exchange_->stop();
}

void Connection::submit(WorkPool& pool, WorkPool::Job job) {
  if (pool.submit(std::move(job))) return;
  log::warning("requests_refused", "every worker is busy and the queue is full",
               {{"correlation_id", request_->correlation.text()}});
  exchange_->answer(
      answer_of(Problem::of(503, "too many requests are waiting").header("Retry-After", "1"), request_->correlation));
}

/// Notices a client that goes away while its answer is made. A half-closed one may still read it.
void Connection::watch_peer() {
  if (watching_) return;
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    self->watching_ = false;
    if (error || self->closed_ || !self->exchange_) return;
    char byte = 0;
    const auto got = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) return;  // the next request is there early: it waits its turn
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return self->watch_peer();
    if (got < 0 || self->state_ == State::streaming) return self->close();
    self->keep_alive_ = false;
    self->exchange_->lose_peer();
  });
}

}  // namespace dmw::http
