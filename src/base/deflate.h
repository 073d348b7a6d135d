// Deflate (RFC 1951), raw or in the format of zlib (RFC 1950) or gzip (RFC 1952). The only place that uses zlib.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dmw {

enum class Wrapping { none, zlib, gzip };

/// Inflates one stream in steps, in constant memory. One thread.
class Inflater {
 public:
  explicit Inflater(Wrapping wrapping);
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool ended = false;  ///< the stream has ended; the rest of the input does not belong to it
  };
  /// Inflates until `input` is used up, `output` is full, or the stream ends. One byte of input can become a thousand;
  /// the caller must limit the output. Errors: corrupted (the bytes, or the check sum of the format).
  Result<Step> step(ByteView input, std::span<std::byte> output);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Deflates `bytes`, for speed rather than size.
std::string deflated(std::string_view bytes, Wrapping wrapping);

}  // namespace dmw
