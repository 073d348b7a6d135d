// The part of Connection that reads the body of an upload: as fast as its route takes it, and no faster.
#include <algorithm>

#include <boost/beast/http/read.hpp>
#include <sys/socket.h>

#include "base/format.h"
#include "http/connection.h"

namespace dmw::http {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

/// Beast reads as much at once as its buffer has room for, and never more than this.
constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

void Connection::begin_upload() {
  upload_parser_.emplace(std::move(*parser_));
  parser_.reset();
  upload_parser_->body_limit(boost::none);
  upload_parser_->eager(true);
  buffer_.reserve(kReadBytes);
  window_left_ = 0;
  begin_exchange();
  upload_ = std::make_shared<BodyPipe>(exchange_);
  submit(*shared_.uploads, [router = &shared_.router, route = route_, request = request_, body = upload_,
                            responder = Responder(exchange_)]() mutable {
    router->run(*route, *request, std::move(responder), body.get());
  });
}

/// The route wants more, or the last bytes have found their place.
void Connection::read_upload() {
  if (!upload_ || reading_upload_) return;
  if (upload_parser_->is_done()) {
    give_forever();
    upload_->end();
    return watch_peer();
  }
  const std::span<std::byte> room = upload_->room();
  if (room.empty()) {  // the route is slower than the client, whose time does not run meanwhile
    window_left_ = 0;
    return give_forever();
  }
  // Best effort, as a client need not wait for it: so few bytes fit into the send buffer.
  if (std::exchange(expects_continue_, false)) {
    (void)::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (window_left_ == 0) {
    window_left_ = kProgressBytes;
    give(shared_.options.body_timeout, &Connection::upload_too_slow);
  }
  auto& into = upload_parser_->get().body();
  into.data = room.data();
  into.size = room.size();
  reading_upload_ = true;
  // The buffer is needed until the read is over, also when the upload was answered meanwhile.
  beast_http::async_read_some(
      socket_, buffer_, *upload_parser_,
      [self = shared_from_this(), buffers = upload_, size = room.size()](error_code error, std::size_t) {
        self->reading_upload_ = false;
        if (self->closed_ || self->upload_ != buffers) return;
        self->on_upload(error, size - self->upload_parser_->get().body().size);
      });
}

void Connection::on_upload(error_code error, std::size_t got) {
  if (got > 0) upload_->filled(got);
  if (error == beast_http::error::need_buffer) error = {};
  if (error == beast_http::error::partial_message || error == boost::asio::error::eof ||
      error == boost::asio::error::connection_reset) {
    return upload_failed({Errc::unavailable, "the client went away before the end of the body", {}});
  }
  if (error) return upload_failed({Errc::invalid, "the body is not one of HTTP/1.1", {}});
  window_left_ -= std::min(window_left_, got);
  read_upload();
}

void Connection::upload_too_slow() {
  const std::chrono::duration<double> time = shared_.options.body_timeout;
  upload_failed({Errc::timeout, format("less than 64 KiB of the body came in {} s", time.count()), {}});
}

void Connection::upload_failed(Error why) {
  give_forever();
  upload_->fail(std::move(why));
}

void Connection::end_upload() {
  if (!upload_parser_->is_done()) {
    keep_alive_ = false;
    error_code ignored;
    if (reading_upload_) socket_.cancel(ignored);
  }
  upload_->fail({Errc::cancelled, "the upload was answered before its end", {}});
  upload_.reset();
  if (keep_alive_) buffer_.shrink_to_fit();  // not while a read may still be under way
}

}  // namespace dmw::http
