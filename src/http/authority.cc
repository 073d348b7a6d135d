#include "http/authority.h"

#include <algorithm>
#include <charconv>

#include "http/headers.h"

namespace dmw::http {

namespace {

constexpr std::size_t kHostMaxBytes = 255;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3986 §3.2.2, reg-name. HTTP does not allow an empty one (RFC 9110 §4.2.1).
bool is_name(std::string_view text) {
  constexpr std::string_view marks = "-._~!$&'()*+,;=";
  if (text.empty() || text.size() > kHostMaxBytes) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || marks.contains(c)) continue;
    if (c != '%' || text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

std::string lower_name(std::string_view text) {
  if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
  std::string name(text);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

/// Digits or nothing: "host:" is allowed.
bool take_port(std::string_view text, std::optional<std::uint16_t>& port) {
  if (text.empty()) return true;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  port = value;
  return true;
}

}  // namespace

std::optional<Authority> Authority::parse(std::string_view text) {
  Authority authority;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    // A zone has no meaning on another machine (RFC 6874 is withdrawn); an IPv6 address has a colon.
    if (!host.contains(':') || host.contains('%')) return std::nullopt;
    authority.address = IpAddress::parse(host);
    if (!authority.address) return std::nullopt;
  } else {
    host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
    if (!is_name(host)) return std::nullopt;
    if (!host.contains('%')) authority.address = IpAddress::parse(host);
  }
  authority.host = lower_name(host);
  if (text.empty()) return authority;
  if (text.front() != ':' || !take_port(text.substr(1), authority.port)) return std::nullopt;
  return authority;
}

std::optional<AbsoluteTarget> absolute_target(std::string_view text) {
  constexpr std::string_view mark = "://";
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, at);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return std::nullopt;
  const std::string_view behind = text.substr(at + mark.size());
  const std::string_view authority = behind.substr(0, behind.find_first_of("/?#"));
  return AbsoluteTarget{scheme, authority, behind.substr(authority.size())};
}

std::uint16_t default_port(std::string_view scheme) {
  return equal_ignoring_case(scheme, "https") ? 443 : 80;
}

}  // namespace dmw::http
