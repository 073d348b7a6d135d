// SHA-256 (FIPS 180-4) and CRC32C (RFC 3720 §B.4), both incremental.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace dmw {

/// The 32 bytes of a SHA-256.
class Sha256Digest {
 public:
  Sha256Digest() = default;
  explicit Sha256Digest(const std::array<std::byte, 32>& bytes) : bytes_(bytes) {}
  /// From exactly 32 raw bytes, for example of a database column. Errors: invalid (another size).
  static Result<Sha256Digest> from_bytes(ByteView bytes);

  ByteView view() const { return bytes_; }
  std::string hex() const { return dmw::hex(bytes_); }
  auto operator<=>(const Sha256Digest&) const = default;

 private:
  std::array<std::byte, 32> bytes_{};
};

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(ByteView bytes);
  /// Call it once.
  Sha256Digest finish();

  static Sha256Digest of(ByteView bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Continues from `crc`; 0 at the start.
std::uint32_t crc32c(std::uint32_t crc, ByteView bytes);

}  // namespace dmw
