// SHA-1 (FIPS 180-4), for names that other programs make with it. Never for security.
#pragma once

#include <string>

#include "base/bytes.h"

namespace dmw {

/// 40 hexadecimal digits.
std::string sha1_hex(ByteView bytes);

}  // namespace dmw
