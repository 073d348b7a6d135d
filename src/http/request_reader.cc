#include "http/request_reader.h"

#include <boost/beast/http/read.hpp>

#include "base/format.h"
#include "base/listening.h"
#include "base/log.h"
#include "http/correlation.h"
#include "http/framing.h"

namespace dmw::http {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

std::string_view text(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

}  // namespace

RequestReader::RequestReader(Shared& shared, Wire& wire, Taker& taker)
    : shared_(shared), wire_(wire), taker_(taker), buffer_(kBufferBytes) {}

void RequestReader::start() {
  peer_ = peer_of(wire_.socket().native_handle());
  local_address_ = local_address_of(wire_.socket().native_handle());
}

void RequestReader::await() {
  idle_ = true;
  if (buffer_.size() > 0) return read_head();
  wire_.give(first_ ? shared_.options.header_timeout : shared_.options.idle_timeout);
  first_ = false;
  wire_.socket().async_wait(Socket::wait_read, [self = wire_.hold(this)](error_code error) {
    if (self->wire_.is_closed()) return;
    if (error) return self->wire_.close();
    self->read_head();
  });
}

void RequestReader::read_head() {
  idle_ = false;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_limit_bytes));
  parser_->body_limit(boost::none);  // the limit is that of the route, which is not known yet
  wire_.give(shared_.options.header_timeout);
  beast_http::async_read_header(wire_.socket(), buffer_, *parser_,
                                [self = wire_.hold(this)](error_code error, std::size_t) {
                                  if (self->wire_.is_closed()) return;
                                  if (error) return self->refuse_unreadable(error);
                                  self->on_head();
                                });
}

void RequestReader::refuse_unreadable(error_code error) {
  static const auto& http_errors = beast_http::make_error_code(beast_http::error::end_of_stream).category();
  if (error.category() != http_errors || error == beast_http::error::end_of_stream ||
      error == beast_http::error::partial_message) {
    return wire_.close();
  }
  if (!taker_.begin()) return;
  if (!turn_.request) {
    turn_.request = std::make_shared<Request>();
    turn_.request->correlation = Uuid::random();
    turn_.began = steady_clock::now();
  }
  if (error == beast_http::error::header_limit) {
    return refuse(Problem::of(431, format("the head is over {} bytes", shared_.options.header_limit_bytes)));
  }
  if (error == beast_http::error::body_limit) return refuse(Problem::of(413, "the body is over the limit"));
  refuse(Problem::of(400, "this is not an HTTP/1.1 request"));
}

void RequestReader::describe(const Parser::value_type& head) {
  turn_.request = std::make_shared<Request>();
  Request& request = *turn_.request;
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
  turn_.keep_alive = head.keep_alive();
  turn_.chunked = head.version() >= 11;
}

void RequestReader::on_head() {
  if (!taker_.begin()) return;
  body_due_ = 0;
  turn_.began = steady_clock::now();
  const auto& head = parser_->get();
  describe(head);
  Request& request = *turn_.request;
  if (const auto wrong = objection_to_framing(request.headers, head.version())) {
    turn_.keep_alive = false;
    return refuse(*wrong);
  }
  const auto route = shared_.router.match(request, text(head.target()));
  if (!route && (route.error().status == 421 || route.error().status == 403)) tell_of_stranger(route.error());
  if (!route) return refuse(route.error());
  turn_.route = *route;
  const Expects expects = expectation(request.headers, head.version());
  if (expects == Expects::unknown) return refuse(Problem::of(417, "unknown expectation"));
  expects_continue_ = expects == Expects::to_be_asked && !parser_->is_done() && buffer_.size() == 0;
  if (turn_.route->upload != nullptr) return begin_upload();
  const std::size_t limit = turn_.route->body_limit_bytes;
  if (const auto length = parser_->content_length(); length && *length > limit) {
    return refuse(Problem::of(413, format("the body is over {} bytes", limit)));
  }
  parser_->body_limit(limit);
  if (expects_continue_) return wire_.write(std::string(kContinue), {}, [this] { read_body(); });
  read_body();
}

/// Logs a refusal at most once a minute. An operator finds the reason of a mistaken refusal, and an attacker cannot
/// fill the log.
void RequestReader::tell_of_stranger(const Problem& problem) {
  constexpr std::chrono::minutes rest{1};
  auto told = shared_.strangers_told.load();
  if (told != steady_clock::time_point() && turn_.began - told < rest) return;
  if (!shared_.strangers_told.compare_exchange_strong(told, turn_.began)) return;
  log::warning("stranger_refused",
               format("{}, from {}",
                      problem.status == 421 ? "a request for a host that HTTP_HOSTS does not list"
                                            : "a request from a page of another origin",
                      peer_),
               {{"peer", peer_}, {"correlation_id", turn_.request->correlation.text()}});
}

void RequestReader::read_body() {
  if (parser_->is_done()) {
    turn_.request->body = std::move(parser_->get().body());
    return taker_.take(std::exchange(turn_, {}));
  }
  if (const std::size_t got = parser_->get().body().size(); got >= body_due_) {
    body_due_ = got + kProgressBytes;
    wire_.give(shared_.options.body_timeout);
  }
  beast_http::async_read_some(wire_.socket(), buffer_, *parser_,
                              [self = wire_.hold(this)](error_code error, std::size_t) {
                                if (self->wire_.is_closed()) return;
                                if (error) return self->refuse_unreadable(error);
                                self->read_body();
                              });
}

/// If a request was not read to its end, the following bytes on this connection must not be parsed as a request.
void RequestReader::refuse(const Problem& problem) {
  if (!parser_->is_done()) turn_.keep_alive = false;
  taker_.refuse(std::exchange(turn_, {}), problem);
}

}  // namespace dmw::http
