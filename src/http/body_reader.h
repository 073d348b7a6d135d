// BodyReader: the body of an upload, read by its route while it arrives. Bytes are read from the socket only when the
// route needs them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "http/problem.h"

namespace dmw::http {

/// One thread, which may block.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// Waits for the next piece; empty at the end of the body and afterwards. The view is valid until the next call.
  /// Errors, which every later call repeats: timeout (the client sends nothing or too slowly), unavailable (it
  /// disconnected), cancelled (the server stops), invalid (not an HTTP/1.1 body); with gzip also corrupted and
  /// too_large.
  virtual Result<ByteView> next() = 0;
};

/// The problem for a client whose body could not be read. timeout: 408; unavailable, invalid, corrupted: 400; others as
/// Problem::of(error).
Problem body_problem(const Error& error);

}  // namespace dmw::http
