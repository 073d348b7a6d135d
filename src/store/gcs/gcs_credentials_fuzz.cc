// A file of credentials: it is refused in a sentence, or has what a request for a token needs.
#include <cstdint>
#include <string_view>

#include "store/gcs/credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dmw;
  const auto parsed = store::gcs::parse_credentials({reinterpret_cast<const char*>(data), size});
  if (!parsed) ASSERT(parsed.error().code == Errc::invalid && !parsed.error().what.empty());
  if (parsed) ASSERT(std::visit([](const auto& one) { return one.token_uri.starts_with("http"); }, *parsed));
  return 0;
}
