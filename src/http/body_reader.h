// BodyReader: the body of an upload, taken by its route while it comes. What is not taken is not read from the socket.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "http/problem.h"

namespace dmw::http {

/// One thread, which may block.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// Waits for the next piece; empty at the end of the body, and from then on. The view lives until the next call.
  /// Errors, which stay: timeout (the client sends nothing, or next to nothing), unavailable (it went away), cancelled
  /// (the server stops), invalid (no HTTP/1.1 body), and of a gzip body corrupted and too_large.
  virtual Result<ByteView> next() = 0;
};

/// What to tell a client whose body could not be read. timeout: 408; unavailable, invalid, corrupted: 400; others as
/// Problem::of(error).
Problem body_problem(const Error& error);

}  // namespace dmw::http
