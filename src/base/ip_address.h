// IP addresses and networks, to compare a caller with the lists of allowed callers.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dmw {

/// IPv4 is kept as the IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), because a dual-stack socket reports either form.
class IpAddress {
 public:
  /// Parses a literal IPv4 or IPv6 address without brackets; a zone (`%eth0`) is ignored.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_loopback() const;
  bool is_v4() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A network: `10.1.0.0/16`, `fd00::/8`, or a single address.
class IpNetwork {
 public:
  /// Nothing if bits after the prefix are set (`10.1.2.3/16`), because such a text is a typing error.
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;
  auto operator<=>(const IpNetwork&) const = default;

 private:
  IpAddress address_;
  unsigned prefix_bits_ = 128;
};

}  // namespace dmw
