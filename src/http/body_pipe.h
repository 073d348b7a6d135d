// BodyPipe: passes the body of an upload from a connection (an I/O thread) to its route (a thread that may block). A
// ring buffer: one end is filled while the other is read. Internal to this room.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "http/body_reader.h"
#include "http/exchange.h"

namespace dmw::http {

class BodyPipe final : public BodyReader {
 public:
  explicit BodyPipe(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  Result<ByteView> next() override;

  // For the connection, which starts reading when the exchange reports that the route wants the body.

  /// The space for the next bytes. Empty if the ring is full; the exchange reports when half of it is free again.
  std::span<std::byte> room();
  void filled(std::size_t bytes);
  void end();
  /// The first error counts. The reader gets it before any bytes that it has not read yet.
  void fail(Error why);

 private:
  std::size_t unread() const { return filled_ - read_; }

  const std::shared_ptr<Exchange> exchange_;
  std::mutex mutex_;  // guards the members below, except the bytes of the ring: each belongs either to the connection
                      // or to the reader
  std::condition_variable changed_;
  std::unique_ptr<std::byte[]> ring_;  // not initialised, so that its pages are used only when they fill
  std::size_t filled_ = 0;             // bytes since the beginning of the body; modulo the size of the ring
  std::size_t read_ = 0;               // bytes that the reader has finished
  std::size_t held_ = 0;               // bytes after read_ that the reader is using
  bool waiting_ = false;               // the reader waits
  bool stopped_ = true;                // the connection waits for a signal to continue
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace dmw::http
