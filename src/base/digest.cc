#include "base/digest.h"

#include <algorithm>

#include <isa-l/crc.h>
#include <openssl/evp.h>

namespace dmw {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { ASSERT(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Result<Sha256Digest> Sha256Digest::from_bytes(ByteView bytes) {
  std::array<std::byte, 32> copy{};
  if (bytes.size() != copy.size()) return fail(Errc::invalid, "a SHA-256 has 32 bytes");
  std::ranges::copy(bytes, copy.begin());
  return Sha256Digest(copy);
}

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  std::array<std::byte, 32> out{};
  ASSERT(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return Sha256Digest(out);
}

Sha256Digest Sha256::of(ByteView bytes) {
  Sha256 sha;
  sha.update(bytes);
  return sha.finish();
}

std::uint32_t crc32c(std::uint32_t crc, ByteView bytes) {
  // isa-l takes a non-const pointer and an int length, and leaves the initial and final inversion to the caller.
  constexpr std::size_t step = 1U << 30U;
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), step));
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
    state = crc32_iscsi(data, static_cast<int>(part.size()), state);
    bytes = bytes.subspan(part.size());
  }
  return ~state;
}

}  // namespace dmw
