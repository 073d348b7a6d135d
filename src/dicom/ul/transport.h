// Transport: the byte stream below an association. Implemented by sockets, tests and fuzz targets.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace dmw::ul {

/// The deadline `time` from now.
inline Monotonic from_now(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// One thread, except interrupt().
class Transport {
 public:
  virtual ~Transport() = default;

  /// Waits for at least one byte and returns all that are available; 0: the peer has closed its side. Errors: timeout
  /// (nothing until `deadline`), unavailable (the connection broke), cancelled (interrupt()).
  virtual Result<std::size_t> read(std::span<std::byte> into, Monotonic deadline) = 0;
  /// Writes all bytes of all parts, in order. Errors: timeout, unavailable; after an error the connection must be
  /// closed.
  virtual Result<> write(std::span<const ByteView> parts, Monotonic deadline) = 0;
  /// Closes both directions at once. Afterwards only close() may be called.
  virtual void close() = 0;
  /// Ends a waiting read, and every later one, with `cancelled`. Writes still work. Any thread, while the transport
  /// exists.
  virtual void interrupt() = 0;
};

}  // namespace dmw::ul
