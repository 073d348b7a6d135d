#include "dimse/caller_gate.h"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

namespace dmw::dimse {
namespace {

using namespace std::chrono_literals;

constexpr auto believed_for = 60s;

std::optional<IpAddress> address_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* raw = nullptr;
  if (address.sa_family == AF_INET) raw = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) raw = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (raw == nullptr || ::inet_ntop(address.sa_family, raw, text, sizeof text) == nullptr) return std::nullopt;
  return IpAddress::parse(text);
}

}  // namespace

std::vector<IpAddress> resolve_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<IpAddress> addresses;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (const auto address = address_of(*one->ai_addr)) addresses.push_back(*address);
  }
  return addresses;
}

CallerGate::CallerGate(config::Callers callers, const Clock& clock, Resolve resolve)
    : callers_(std::move(callers)), clock_(clock), resolve_(std::move(resolve)) {}

std::optional<std::string> CallerGate::objection(const IpAddress& from) const {
  const std::shared_ptr<const config::Callers> callers = callers_.get();
  if (callers->rules.empty()) {
    if (from.is_loopback()) return std::nullopt;
    return "only this machine may connect until DIMSE_CALLERS lists other callers";
  }
  const bool admits = std::ranges::any_of(
      callers->rules, [&](const config::CallerRule& rule) { return !rule.network || rule.network->contains(from); });
  if (admits) return std::nullopt;
  return "DIMSE_CALLERS admits nobody from this address";
}

std::optional<std::string> CallerGate::objection(const std::string& ae_title, const IpAddress& from) {
  const std::shared_ptr<const config::Callers> callers = callers_.get();
  if (callers->rules.empty()) return objection(from);
  bool known_title = false;
  std::vector<const config::CallerRule*> by_name;
  for (const config::CallerRule& rule : callers->rules) {
    if (!rule.ae_title.empty() && rule.ae_title != ae_title) continue;
    known_title = known_title || !rule.ae_title.empty();
    if (!rule.host.empty())
      by_name.push_back(&rule);
    else if (!rule.network || rule.network->contains(from))
      return std::nullopt;
  }
  for (const config::CallerRule* rule : by_name) {
    if (is_host(rule->host, from)) return std::nullopt;
  }
  if (known_title) return "DIMSE_CALLERS names this AE title, but not at this address";
  return "DIMSE_CALLERS names neither this AE title nor this address";
}

bool CallerGate::is_host(const std::string& host, const IpAddress& address) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = resolved_.find(host);
    if (known != resolved_.end() && clock_.monotonic() - known->second.at < believed_for)
      return std::ranges::find(known->second.addresses, address) != known->second.addresses.end();
  }
  std::vector<IpAddress> addresses = resolve_(host);
  const bool found = std::ranges::find(addresses, address) != addresses.end();
  const std::scoped_lock lock(mutex_);
  resolved_[host] = {clock_.monotonic(), std::move(addresses)};
  return found;
}

}  // namespace dmw::dimse
