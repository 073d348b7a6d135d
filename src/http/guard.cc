#include "http/guard.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/listening.h"

namespace dmw::http {

namespace {

bool is_loopback_host(const Authority& authority) {
  return authority.address ? authority.address->is_loopback() : authority.host == "localhost";
}

bool is_loopback_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->is_loopback() : text == "localhost";
}

/// RFC 9110 §9.2.1.
bool is_safe(std::string_view method) {
  constexpr std::array<std::string_view, 4> safe{"GET", "HEAD", "OPTIONS", "TRACE"};
  return std::ranges::find(safe, method) != safe.end();
}

/// RFC 6454 §7: "null", or a scheme, a host and perhaps a port. The scheme is not compared: behind a TLS proxy the
/// program sees http while the page has https.
bool is_origin_of(std::string_view origin, const Authority& ours) {
  const auto parts = absolute_target(origin);
  if (!parts || !parts->rest.empty()) return false;
  const auto theirs = Authority::parse(parts->authority);
  const std::uint16_t fallback = default_port(parts->scheme);
  return theirs && theirs->host == ours.host && theirs->address == ours.address &&
         theirs->port.value_or(fallback) == ours.port.value_or(fallback);
}

/// Fetch Metadata (W3C): "none" means that a person typed the address.
bool is_cross_site(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (equal_ignoring_case(name, "Sec-Fetch-Site") && value != "same-origin" && value != "none") return true;
    if (!equal_ignoring_case(name, "Origin")) continue;
    if (!request.authority || !is_origin_of(value, *request.authority)) return true;
  }
  return false;
}

}  // namespace

Guard::Guard(const std::vector<std::string>& bound, std::vector<std::string> hosts)
    : hosts_(std::move(hosts)), beyond_this_machine_(!std::ranges::all_of(bound, is_loopback_address)) {
  for (const std::string& each : bound) {
    if (const auto address = IpAddress::parse(each)) bound_.push_back(*address);
  }
}

std::optional<Problem> Guard::objection(const Request& request, bool any_host) const {
  if (request.peer == kUnixPeer) return std::nullopt;
  if (!any_host && !(request.authority && answers_under(*request.authority, request))) {
    const std::string name = request.authority ? format("the host \"{}\"", request.authority->host) : "no host";
    return Problem::of(421, format("requests for {} are not answered: the operator lists the names and addresses of "
                                   "this program in HTTP_HOSTS",
                                   name));
  }
  if (!is_safe(request.method) && is_cross_site(request)) {
    return Problem::of(403,
                       "this request comes from a page of another origin (Origin, Sec-Fetch-Site); behind a proxy, "
                       "forward the Host field, and list that host in HTTP_HOSTS");
  }
  return std::nullopt;
}

bool Guard::answers_under(const Authority& authority, const Request& request) const {
  if (is_loopback_host(authority) || is_listed(authority)) return true;
  if (authority.address && std::ranges::find(bound_, *authority.address) != bound_.end()) return true;
  // The server listens on all addresses, and this is the one that the client used.
  if (authority.address && authority.address == IpAddress::parse(request.local_address)) return true;
  if (!hosts_.empty() || !beyond_this_machine_) return false;
  return authority.address.has_value() || !authority.host.contains('.');
}

bool Guard::is_listed(const Authority& authority) const {
  return std::ranges::any_of(hosts_, [&](std::string_view host) {
    if (host == "*") return true;
    if (host.starts_with("*.")) return authority.host.size() >= host.size() && authority.host.ends_with(host.substr(1));
    const auto address = IpAddress::parse(host);
    return address ? authority.address == address : authority.host == host;
  });
}

}  // namespace dmw::http
