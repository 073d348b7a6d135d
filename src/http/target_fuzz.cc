// The target and the headers of a request that callers choose freely: whatever they send, what comes out is UTF-8
// without U+0000, or an error.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http/correlation.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dmw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<std::string> decoded = http::percent_decode(text)) {
    ASSERT(http::is_utf8(*decoded));
    ASSERT(decoded->find('\0') == std::string::npos);
  }
  if (const Result<http::Query> query = http::Query::parse(text)) {
    for (const auto& [name, value] : query->pairs())
      ASSERT(!name.empty() && http::is_utf8(name) && http::is_utf8(value));
  }
  http::correlate(text);
  http::traceparent(text);
  return 0;
}
