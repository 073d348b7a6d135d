// Deflate (RFC 1951), bare or wrapped as zlib (RFC 1950) or gzip (RFC 1952) do it. The one place that knows zlib.
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

/// One stream, a step at a time, in constant memory. One thread.
class Inflater {
 public:
  explicit Inflater(Wrapping wrapping);
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool ended = false;  ///< the stream is over; what is left of the input is not of it
  };
  /// Goes on until `input` is used up, `output` is full or the stream ends. How much comes out is the caller's to
  /// bound: a byte of input may become a thousand. Errors: corrupted (the bytes, or the check sum of their wrapping).
  Result<Step> step(ByteView input, std::span<std::byte> output);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole of `bytes`, deflated quickly rather than small.
std::string deflated(std::string_view bytes, Wrapping wrapping);

}  // namespace dmw
