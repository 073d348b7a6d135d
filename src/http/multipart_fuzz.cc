// A multipart body with its type before it: "TYPE\n" and then the body. In whatever pieces it comes, the parts are the
// same, or the error is.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/multipart.h"
#include "http/test_body.h"

namespace {

using namespace dmw;

/// All that the reader gave, so that two readings can be compared.
std::string reading(std::string_view body, std::string_view boundary, std::size_t piece) {
  http::MemoryBody pieces = http::MemoryBody::of(body, piece);
  http::MultipartReader reader(pieces, boundary);
  std::string read;
  for (;;) {
    const auto headers = reader.next_part();
    if (!headers) return read + "!" + std::string(name(headers.error().code));
    if (!*headers) return read + ".";
    for (const auto& [field, value] : **headers) read += field + "=" + value + "\n";
    for (;;) {
      const auto bytes = reader.read();
      if (!bytes) return read + "!" + std::string(name(bytes.error().code));
      if (bytes->empty()) break;
      read += as_text(*bytes);
    }
    read += "|";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\n'));
  const std::string_view body = input.substr(std::min(input.size(), line.size() + 1));
  const auto type = http::MediaType::parse(line);
  if (!type) return 0;
  const auto boundary = http::boundary_of(*type);
  if (!boundary) return 0;
  const std::string whole = reading(body, *boundary, std::max<std::size_t>(body.size(), 1));
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 17U}) ASSERT(reading(body, *boundary, piece) == whole);
  return 0;
}
