// Addresses and networks of IP, so that lists of who may call can be compared with who does.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dmw {

/// IPv4 is held as the IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2): a socket of both kinds shows it either way.
class IpAddress {
 public:
  /// A literal IPv4 or IPv6 address without brackets; a zone (`%eth0`) is left out.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_loopback() const;
  bool is_v4() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// `10.1.0.0/16`, `fd00::/8`, or an address alone, which is a network of one.
class IpNetwork {
 public:
  /// Nothing when bits beyond the prefix are set: `10.1.2.3/16` is a slip, and nobody knows which one.
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;
  auto operator<=>(const IpNetwork&) const = default;

 private:
  IpAddress address_;
  unsigned prefix_bits_ = 128;
};

}  // namespace dmw
