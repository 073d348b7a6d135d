#include "base/uuid.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/bytes.h"
#include "base/result.h"

namespace dmw {
namespace {

using Raw = std::array<unsigned char, 16>;

std::string to_text(Raw raw, unsigned version) {
  raw[6] = static_cast<unsigned char>((raw[6] & 0x0fU) | (version << 4U));
  raw[8] = static_cast<unsigned char>((raw[8] & 0x3fU) | 0x80U);
  const std::string digits = hex(std::as_bytes(std::span(raw)));
  return digits.substr(0, 8) + '-' + digits.substr(8, 4) + '-' + digits.substr(12, 4) + '-' + digits.substr(16, 4) +
         '-' + digits.substr(20);
}

unsigned nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  return 16U;
}

Raw to_raw(std::string_view text) {
  Raw raw{};
  std::size_t digit = 0;
  for (const char c : text) {
    if (c == '-') continue;
    raw[digit / 2] = static_cast<unsigned char>((raw[digit / 2] << 4U) | nibble(c));
    ++digit;
  }
  return raw;
}

}  // namespace

Uuid Uuid::random() {
  Raw raw{};
  ASSERT(RAND_bytes(raw.data(), static_cast<int>(raw.size())) == 1);
  return Uuid(to_text(raw, 4));
}

Uuid Uuid::of_name(const Uuid& space, std::string_view name) {
  const Raw prefix = to_raw(space.text_);
  std::string input(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  input += name;
  std::array<unsigned char, 20> sha1{};
  ASSERT(EVP_Digest(input.data(), input.size(), sha1.data(), nullptr, EVP_sha1(), nullptr) == 1);
  Raw raw{};
  std::copy_n(sha1.begin(), raw.size(), raw.begin());
  return Uuid(to_text(raw, 5));
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string canonical(text);
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    char& c = canonical[i];
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : nibble(c) > 15U) return std::nullopt;
  }
  return Uuid(std::move(canonical));
}

}  // namespace dmw
