// The part of RequestReader that reads the body of an upload, only as fast as its route consumes it.
#include <algorithm>

#include <boost/beast/http/read.hpp>

#include "base/format.h"
#include "http/request_reader.h"

namespace dmw::http {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

/// Beast reads as much at a time as fits into its buffer, at most this many bytes.
constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

void RequestReader::begin_upload() {
  upload_parser_.emplace(std::move(*parser_));
  parser_.reset();
  upload_parser_->body_limit(boost::none);
  upload_parser_->eager(true);
  buffer_.reserve(kReadBytes);
  window_left_ = 0;
  taker_.take_upload(std::exchange(turn_, {}));
}

void RequestReader::feed(std::shared_ptr<BodyPipe> pipe) {
  upload_ = std::move(pipe);
}

void RequestReader::feed_on() {
  if (!upload_ || reading_upload_) return;
  if (upload_parser_->is_done()) {
    wire_.give_forever();
    upload_->end();
    return taker_.upload_read();
  }
  const std::span<std::byte> room = upload_->room();
  if (room.empty()) {  // the route is slower than the client, so the timeout of the client is paused
    window_left_ = 0;
    return wire_.give_forever();
  }
  // Does not block: these few bytes fit into the send buffer.
  if (std::exchange(expects_continue_, false)) wire_.write_if_room(kContinue);
  if (window_left_ == 0) {
    window_left_ = kProgressBytes;
    wire_.give(shared_.options.body_timeout, [this] {
      const std::chrono::duration<double> time = shared_.options.body_timeout;
      fail_upload({Errc::timeout, format("less than 64 KiB of the body arrived in {} s", time.count()), {}});
    });
  }
  auto& into = upload_parser_->get().body();
  into.data = room.data();
  into.size = room.size();
  reading_upload_ = true;
  // The buffer is needed until the read has ended, even if the upload is answered before.
  beast_http::async_read_some(
      wire_.socket(), buffer_, *upload_parser_,
      [self = wire_.hold(this), buffers = upload_, size = room.size()](error_code error, std::size_t) {
        self->reading_upload_ = false;
        if (self->wire_.is_closed() || self->upload_ != buffers) return;
        self->on_upload(error, size - self->upload_parser_->get().body().size);
      });
}

void RequestReader::on_upload(error_code error, std::size_t got) {
  if (got > 0) upload_->filled(got);
  if (error == beast_http::error::need_buffer) error = {};
  if (error == beast_http::error::partial_message || error == boost::asio::error::eof ||
      error == boost::asio::error::connection_reset) {
    return fail_upload({Errc::unavailable, "the client closed the connection before the end of the body", {}});
  }
  if (error) return fail_upload({Errc::invalid, "the body is not one of HTTP/1.1", {}});
  window_left_ -= std::min(window_left_, got);
  feed_on();
}

void RequestReader::fail_upload(Error why) {
  if (!upload_) return;
  wire_.give_forever();
  upload_->fail(std::move(why));
}

bool RequestReader::end_upload() {
  if (!upload_) return true;
  const bool is_read = upload_parser_->is_done();
  if (reading_upload_ && !is_read) {
    error_code ignored;
    wire_.socket().cancel(ignored);
  }
  upload_->fail({Errc::cancelled, "the upload was answered before its end", {}});
  upload_.reset();
  if (is_read) buffer_.shrink_to_fit();  // not while a read may still be running
  return is_read;
}

void RequestReader::drop() {
  if (upload_) upload_->fail({Errc::unavailable, "the connection was closed before the end of the body", {}});
  upload_.reset();
}

}  // namespace dmw::http
