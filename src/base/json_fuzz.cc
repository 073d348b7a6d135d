// JSON bodies: parsed within limits; the parsed value is written in a form that parses to the same value.
#include <cstdint>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dmw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<json::value> parsed = json::parse(text);
  if (!parsed) return 0;
  const Result<json::value> again = json::parse(json::serialize(*parsed));
  ASSERT(again.has_value());
  return 0;
}
