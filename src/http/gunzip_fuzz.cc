// A gzip body: however it is cut, the same comes out or it is refused, never more than its limits allow; and what was
// packed comes out again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/deflate.h"
#include "http/content_coding.h"
#include "http/test_body.h"

namespace {

using namespace dmw;

constexpr http::InflateLimits limits{.bytes_free = 1 << 20, .ratio = 100};

/// Nullopt if the body was refused.
Result<std::string> reading(std::string_view packed, std::size_t piece) {
  http::MemoryBody pieces = http::MemoryBody::of(packed, piece);
  http::GunzipReader reader(pieces, limits);
  std::string read;
  for (;;) {
    const ByteView bytes = TRY(reader.next());
    if (bytes.empty()) return read;
    read += as_text(bytes);
    ASSERT(read.size() <= std::max(limits.bytes_free, limits.ratio * (packed.size() + 1)));
  }
}

void check_bytes_from_outside(std::string_view packed) {
  const Result<std::string> whole = reading(packed, std::max<std::size_t>(packed.size(), 1));
  for (const std::size_t piece : {1U, 3U, 17U, 4096U}) {
    const Result<std::string> cut = reading(packed, piece);
    if (cut && whole) ASSERT(*cut == *whole);
    // Only the ratio is looked at while it comes, so only that may depend on the pieces.
    const bool by_ratio = !cut && cut.error().code == Errc::too_large;
    if (whole && !by_ratio) ASSERT(cut.has_value());
    if (!whole && whole.error().code == Errc::corrupted) ASSERT(!cut);
  }
}

void check_round_trip(std::string_view bytes) {
  const std::size_t half = bytes.size() / 2;
  const std::string packed =
      deflated(bytes.substr(0, half), Wrapping::gzip) + deflated(bytes.substr(half), Wrapping::gzip);
  const Result<std::string> again = reading(packed, packed.size());
  ASSERT(again && *again == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_bytes_from_outside(input);
  check_round_trip(input);
  return 0;
}
