// BodyPipe: the body of an upload on its way from a connection (an io thread) to its route (a thread that may block).
// Two buffers: one fills while the other is read. Internal to this room.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "http/body_reader.h"
#include "http/exchange.h"

namespace dmw::http {

class BodyPipe final : public BodyReader {
 public:
  explicit BodyPipe(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  Result<ByteView> next() override;

  // For the connection, which begins when the exchange tells it that the body is wanted.

  /// Where to put what comes next. Empty when both buffers are full: the exchange tells when there is room again.
  std::span<std::byte> room();
  void filled(std::size_t bytes);
  void end();
  /// The first error counts, and goes before what has been filled.
  void fail(Error why);

 private:
  struct Buffer {
    std::vector<std::byte> bytes;
    std::size_t filled = 0;
  };

  const std::shared_ptr<Exchange> exchange_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Buffer, 2> buffers_;
  std::size_t filling_ = 0;
  std::size_t reading_ = 0;
  bool held_ = false;    // the reader still looks at its buffer
  bool stopped_ = true;  // the connection waits until it is told to go on
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace dmw::http
