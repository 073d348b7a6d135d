#include "base/ip_address.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace dmw {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// The first `bits` bits of both are the same.
bool same_start(const IpAddress& a, const IpAddress& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.bytes().begin(), a.bytes().begin() + whole, b.bytes().begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFFU << (8 - bits % 8) & 0xFFU;
  return ((a.bytes()[whole] ^ b.bytes()[whole]) & mask) == 0;
}

bool all_clear_after(const IpAddress& address, unsigned bits) {
  for (unsigned bit = bits; bit < 128; ++bit) {
    if ((address.bytes()[bit / 8] >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));
  IpAddress parsed;
  if (::inet_pton(AF_INET6, address.c_str(), parsed.bytes_.data()) == 1) return parsed;
  if (::inet_pton(AF_INET, address.c_str(), parsed.bytes_.data() + mapped_prefix.size()) != 1) return std::nullopt;
  std::ranges::copy(mapped_prefix, parsed.bytes_.begin());
  return parsed;
}

bool IpAddress::is_v4() const {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network;
  network.address_ = *address;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const unsigned most = address->is_v4() ? 32 : 128;
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) return std::nullopt;
  network.prefix_bits_ = bits + (128 - most);
  if (!all_clear_after(*address, network.prefix_bits_)) return std::nullopt;
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  return same_start(address_, address, prefix_bits_);
}

}  // namespace dmw
