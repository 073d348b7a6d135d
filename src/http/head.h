// The bytes before the body of an answer. Internal to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/uuid.h"
#include "http/headers.h"

namespace dmw::http {

struct Framing {
  std::optional<std::uint64_t> length;  ///< nullopt: chunked, or until the connection closes
  bool chunked = false;
  bool close = false;
};

/// Status line and header fields, including those of every answer: Date, X-Correlation-ID, and the security fields that
/// the route has not set. Fields that frame the message in `headers` are ignored; control characters in values become
/// spaces.
std::string head_of(int status, const Headers& headers, const Uuid& correlation, const Framing& framing);

/// `bytes` as one chunk (RFC 9112 §7.1); they are not empty.
std::string chunk_of(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace dmw::http
