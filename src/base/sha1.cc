#include "base/sha1.h"

#include <array>

#include <openssl/evp.h>

#include "base/result.h"

namespace dmw {

std::string sha1_hex(ByteView bytes) {
  std::array<std::byte, 20> out{};
  ASSERT(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha1(),
                    nullptr) == 1);
  return hex(out);
}

}  // namespace dmw
