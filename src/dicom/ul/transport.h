// Transport: the connection below an association, as a stream of bytes. Sockets, tests and fuzz targets are transports.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace dmw::ul {

/// The deadline of something that may take `time`.
inline Monotonic from_now(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// One thread, but for interrupt().
class Transport {
 public:
  virtual ~Transport() = default;

  /// At least one byte, as many as there are; 0: the peer has closed its side.
  /// Errors: timeout (nothing until `deadline`), unavailable (the connection broke), cancelled (interrupt()).
  virtual Result<std::size_t> read(std::span<std::byte> into, Monotonic deadline) = 0;
  /// All bytes of all parts, in order. Errors: timeout, unavailable; the connection is of no use after one.
  virtual Result<> write(std::span<const ByteView> parts, Monotonic deadline) = 0;
  /// Both directions, at once. Nothing may be called afterwards but close() again.
  virtual void close() = 0;
  /// Ends a read that waits, and every later one, with `cancelled`. Writing goes on. Any thread, while the transport
  /// lives.
  virtual void interrupt() = 0;
};

}  // namespace dmw::ul
