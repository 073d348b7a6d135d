#include "http/body_pipe.h"

#include <algorithm>
#include <utility>

namespace dmw::http {

namespace {

constexpr std::size_t kRingBytes = 256 << 10;
/// Largest view for the reader, so that space becomes free before the reader has processed the whole ring.
constexpr std::size_t kViewBytes = 64 << 10;

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
  read_ += std::exchange(held_, 0);
  // Waking the connection for each piece would cost more than copying the bytes.
  if (stopped_ && !ended_ && !error_ && unread() <= kRingBytes / 2) {
    stopped_ = false;
    lock.unlock();
    exchange_->want_body();
    lock.lock();
  }
  waiting_ = true;
  changed_.wait(lock, [&] { return error_ || ended_ || unread() > 0; });
  waiting_ = false;
  if (error_) return std::unexpected(*error_);
  const std::size_t at = read_ % kRingBytes;
  held_ = std::min({unread(), kRingBytes - at, kViewBytes});
  return ByteView(ring_.get() + at, held_);
}

std::span<std::byte> BodyPipe::room() {
  const std::lock_guard lock(mutex_);
  const std::size_t free = kRingBytes - unread();
  stopped_ = free == 0;
  if (!ring_) ring_ = std::make_unique_for_overwrite<std::byte[]>(kRingBytes);
  const std::size_t at = filled_ % kRingBytes;
  return {ring_.get() + at, std::min(free, kRingBytes - at)};
}

void BodyPipe::filled(std::size_t bytes) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    filled_ += bytes;
    wake = waiting_;
  }
  // After releasing the lock, which the woken reader needs.
  if (wake) changed_.notify_one();
}

void BodyPipe::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void BodyPipe::fail(Error why) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(why);
  }
  changed_.notify_one();
}

}  // namespace dmw::http
