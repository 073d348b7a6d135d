// Authority: the host and port under which a request was made (RFC 9110 §7.2, RFC 3986 §3.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace dmw::http {

struct Authority {
  std::string host;                  ///< lower case, without brackets and without the dot of the root
  std::optional<IpAddress> address;  ///< when the host is a literal one
  std::optional<std::uint16_t> port;

  /// Parses "name", "name:8000", "10.0.0.1:8000" or "[::1]:8000". Nullopt for any other text, also if there is a user
  /// before the host.
  static std::optional<Authority> parse(std::string_view text);
};

/// The parts of a request target in absolute form (RFC 9112 §3.2.2).
struct AbsoluteTarget {
  std::string_view scheme;     ///< as it is written
  std::string_view authority;  ///< not checked
  std::string_view rest;       ///< path and query, perhaps empty
};
/// Nullopt for a target in another form. The views are parts of `text`.
std::optional<AbsoluteTarget> absolute_target(std::string_view text);

/// 443 of "https", 80 of every other scheme.
std::uint16_t default_port(std::string_view scheme);

}  // namespace dmw::http
