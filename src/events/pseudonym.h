// A keyed hash that replaces a patient's identifier. It is the same for the same patient, and cannot be resolved
// without the key.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"

namespace dmw::events {

/// HMAC-SHA-256 (RFC 2104).
Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

/// The first 32 hexadecimal digits of the HMAC; "" for "".
std::string pseudonym(std::string_view key, std::string_view identifier);

}  // namespace dmw::events
