#include "base/deflate.h"

#include <algorithm>
#include <limits>

#include <zlib.h>

namespace dmw {
namespace {

constexpr int memory_level = 9;

/// As zlib wants to be told (deflateInit2).
int window_bits(Wrapping wrapping) {
  switch (wrapping) {
    case Wrapping::none:
      return -MAX_WBITS;
    case Wrapping::zlib:
      return MAX_WBITS;
    case Wrapping::gzip:
      return MAX_WBITS + 16;
  }
  return MAX_WBITS;
}

/// zlib takes pointers that are not const, and does not write through them.
Bytef* in_place(const std::byte* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes));
}
uInt room_of(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct Inflater::State {
  z_stream zlib{};
  explicit State(Wrapping wrapping) { ASSERT(inflateInit2(&zlib, window_bits(wrapping)) == Z_OK); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&zlib); }
};

Inflater::Inflater(Wrapping wrapping) : state_(std::make_unique<State>(wrapping)) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

Result<Inflater::Step> Inflater::step(ByteView input, std::span<std::byte> output) {
  z_stream& zlib = state_->zlib;
  const uInt given = room_of(input.size());
  const uInt room = room_of(output.size());
  zlib.next_in = in_place(input.data());
  zlib.avail_in = given;
  zlib.next_out = in_place(output.data());
  zlib.avail_out = room;
  const int code = inflate(&zlib, Z_NO_FLUSH);
  // Z_BUF_ERROR: there was nothing to do, which is no error.
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
    return fail(Errc::corrupted, "the deflated bytes are damaged");
  }
  return Step{given - zlib.avail_in, room - zlib.avail_out, code == Z_STREAM_END};
}

std::string deflated(std::string_view bytes, Wrapping wrapping) {
  ASSERT(bytes.size() <= std::numeric_limits<uInt>::max());
  z_stream zlib{};
  ASSERT(deflateInit2(&zlib, Z_BEST_SPEED, Z_DEFLATED, window_bits(wrapping), memory_level, Z_DEFAULT_STRATEGY) ==
         Z_OK);
  std::string out(deflateBound(&zlib, bytes.size()), '\0');
  zlib.next_in = in_place(as_bytes(bytes).data());
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  ASSERT(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

}  // namespace dmw
