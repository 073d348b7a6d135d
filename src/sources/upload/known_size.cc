#include "sources/upload/known_size.h"

#include <charconv>

namespace dmw::sources {

std::uint64_t known_size(const http::Request& request) {
  const std::string_view length = request.header("Content-Length").value_or("");
  std::uint64_t bytes = 0;
  if (request.header("Content-Encoding")) return 0;
  const auto [end, failed] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return failed == std::errc() && end == length.data() + length.size() ? bytes : 0;
}

}  // namespace dmw::sources
