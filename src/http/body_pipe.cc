#include "http/body_pipe.h"

namespace dmw::http {

namespace {

constexpr std::size_t kBufferBytes = 128 << 10;

}  // namespace

Problem body_problem(const Error& error) {
  switch (error.code) {
    case Errc::timeout:
      return Problem::of(408, error.what);
    case Errc::unavailable:
    case Errc::invalid:
    case Errc::corrupted:
      return Problem::of(400, error.what);
    default:
      return Problem::of(error);
  }
}

Result<ByteView> BodyPipe::next() {
  std::unique_lock lock(mutex_);
  if (held_) {
    held_ = false;
    buffers_[reading_].filled = 0;
    reading_ = 1 - reading_;
  }
  if (stopped_ && !ended_ && !error_) {
    stopped_ = false;
    lock.unlock();
    exchange_->want_body();
    lock.lock();
  }
  Buffer& buffer = buffers_[reading_];
  changed_.wait(lock, [&] { return error_ || ended_ || buffer.filled > 0; });
  if (error_) return std::unexpected(*error_);
  held_ = buffer.filled > 0;
  return ByteView(buffer.bytes).first(buffer.filled);
}

std::span<std::byte> BodyPipe::room() {
  const std::lock_guard lock(mutex_);
  Buffer& buffer = buffers_[filling_];
  stopped_ = buffer.filled > 0;
  if (stopped_) return {};
  buffer.bytes.resize(kBufferBytes);
  return buffer.bytes;
}

void BodyPipe::filled(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  buffers_[filling_].filled = bytes;
  filling_ = 1 - filling_;
  changed_.notify_one();
}

void BodyPipe::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_one();
}

void BodyPipe::fail(Error why) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(why);
  changed_.notify_one();
}

}  // namespace dmw::http
