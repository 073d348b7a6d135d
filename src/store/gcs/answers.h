// What Google Cloud Storage and its token servers answer, taken apart. Answers come from outside: nothing in them is
// trusted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"
#include "store/bucket/bucket.h"
#include "store/bucket/token_keeper.h"

namespace dmw::store::gcs {

/// The resource of an object, asked for under `name`. Errors: unavailable (not such an answer).
Result<bucket::Standing> parse_object(std::string_view body, std::string_view name);
/// A page of a list of objects. Errors: as above.
Result<bucket::Page> parse_page(std::string_view body);
/// The answer of a token server (RFC 6749 §5.1), or of generateAccessToken. Errors: as above.
Result<bucket::Token> parse_token(std::string_view body);

/// The field `Range: bytes=0-<last>` of a 308: the number of bytes that the server has. 0 without the field. Nothing if
/// it is malformed.
std::optional<std::uint64_t> confirmed_bytes(const http::Headers& headers);

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t size_bytes = 0;  // of the whole object
};
/// `Content-Range: bytes 0-99/1000`.
std::optional<ContentRange> parse_content_range(std::string_view text);
/// `x-goog-hash: crc32c=…,md5=…`.
std::optional<std::uint32_t> crc32c_in(const http::Headers& headers);
/// 4 bytes, big endian, in base64.
std::string crc32c_text(std::uint32_t crc);

/// What an error of the service says in words, fit for a log line: printable ASCII, at most 300 characters. Empty if it
/// says nothing.
std::string message_in(std::string_view body);
/// Its reason: "notFound", "rateLimitExceeded". Empty as above.
std::string reason_in(std::string_view body);

}  // namespace dmw::store::gcs
