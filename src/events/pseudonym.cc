#include "events/pseudonym.h"

#include <algorithm>
#include <array>

namespace dmw::events {
namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t hex_digits = 32;

Sha256Digest keyed(std::array<std::byte, block_bytes> pad, std::byte with, ByteView message) {
  for (std::byte& byte : pad) byte ^= with;
  Sha256 hash;
  hash.update(pad);
  hash.update(message);
  return hash.finish();
}

}  // namespace

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  std::array<std::byte, block_bytes> pad{};
  if (key.size() > block_bytes) {
    const Sha256Digest shorter = Sha256::of(as_bytes(key));
    std::ranges::copy(shorter.view(), pad.begin());
  } else {
    std::ranges::copy(as_bytes(key), pad.begin());
  }
  const Sha256Digest inner = keyed(pad, std::byte{0x36}, as_bytes(message));
  return keyed(pad, std::byte{0x5C}, inner.view());
}

std::string pseudonym(std::string_view key, std::string_view identifier) {
  if (identifier.empty()) return {};
  return hmac_sha256(key, identifier).hex().substr(0, hex_digits);
}

}  // namespace dmw::events
