// BodyPipe: the body of an upload on its way from a connection (an io thread) to its route (a thread that may block).
// A ring of bytes: its end fills while its beginning is read. Internal to this room.
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

  // For the connection, which begins when the exchange tells it that the body is wanted.

  /// Where to put what comes next. Empty when the ring is full: the exchange tells when half of it is free again.
  std::span<std::byte> room();
  void filled(std::size_t bytes);
  void end();
  /// The first error counts, and goes before what has been filled.
  void fail(Error why);

 private:
  std::size_t unread() const { return filled_ - read_; }

  const std::shared_ptr<Exchange> exchange_;
  std::mutex mutex_;  // guards what follows, but for the bytes: each belongs to the connection or to the reader
  std::condition_variable changed_;
  std::unique_ptr<std::byte[]> ring_;  // its pages are touched as they fill
  std::size_t filled_ = 0;  // since the beginning of the body; its place in the ring is the rest of a division
  std::size_t read_ = 0;    // as much of it is done with
  std::size_t held_ = 0;    // behind read_: what the reader still looks at
  bool waiting_ = false;    // the reader waits
  bool stopped_ = true;     // the connection waits until it is told to go on
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace dmw::http
