#include "http/wire.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include "http/shared.h"

namespace dmw::http {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kWriteStepBytes = 256 << 10;
constexpr std::chrono::milliseconds kLeaveTime{2'000};

}  // namespace

Wire::Wire(Owner& owner, Socket socket, std::chrono::milliseconds write_timeout)
    : owner_(owner), socket_(std::move(socket)), timer_(socket_.get_executor()), write_timeout_(write_timeout) {}

void Wire::give(std::chrono::milliseconds time, Step late) {
  timer_.expires_after(time);
  timer_.async_wait([self = hold(this), late = std::move(late), term = ++term_](error_code error) {
    // The handler of an earlier wait may have been queued before the wait was cancelled.
    if (!error && term == self->term_) late();
  });
}

void Wire::give(std::chrono::milliseconds time) {
  give(time, [this] { close(); });
}

void Wire::give_forever() {
  ++term_;
  timer_.cancel();
}

void Wire::write(std::string first, std::string second, Step next) {
  out_ = {std::move(first), std::move(second)};
  const std::array buffers{net::const_buffer(net::buffer(out_[0])), net::const_buffer(net::buffer(out_[1]))};
  give(write_timeout_);
  net::async_write(
      socket_, buffers,
      [self = hold(this), before = std::size_t{0}](error_code error, std::size_t sent) mutable -> std::size_t {
        if (sent - before >= kProgressBytes) {
          self->give(self->write_timeout_);
          before = sent;
        }
        return error ? 0 : kWriteStepBytes;
      },
      [self = hold(this), next = std::move(next)](error_code error, std::size_t) {
        if (self->closed_) return;
        if (error) return self->close();
        self->give_forever();
        next();
      });
}

void Wire::write_if_room(std::string_view text) {
  (void)::send(socket_.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Wire::leave() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  give(kLeaveTime);
  drain();
}

void Wire::drain() {
  socket_.async_read_some(net::buffer(drained_), [self = hold(this)](error_code error, std::size_t) {
    if (self->closed_) return;
    if (error) return self->close();
    self->drain();
  });
}

void Wire::close() {
  if (closed_) return;
  closed_ = true;
  const auto self = hold(this);
  error_code ignored;
  socket_.close(ignored);
  give_forever();
  owner_.closed();
}

}  // namespace dmw::http
