// RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3), by which a service account proves itself.
#pragma once

#include <string>
#include <string_view>

#include "base/private.h"
#include "base/result.h"

namespace dmw {

/// The raw signature of `text` by a private key in PEM. Errors: invalid (not an RSA private key of at least 2,048
/// bits).
Result<std::string> sign_rs256(const Private<std::string>& key_pem, std::string_view text);

}  // namespace dmw
