// Base64 (RFC 4648 §4) and base64url without padding (RFC 4648 §5, as RFC 7515 uses it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace dmw {

std::string base64(ByteView bytes);
std::string base64url(ByteView bytes);
/// The bytes; nothing for any text that base64() would not write.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace dmw
