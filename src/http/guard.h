// Guard: protects a server without logins from foreign web pages. A page whose host name was made to resolve to this
// machine (DNS rebinding) uses that name in its requests; a page from another host sends its origin.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/authority.h"
#include "http/problem.h"
#include "http/request.h"

namespace dmw::http {

/// Immutable; any thread.
class Guard {
 public:
  /// `bound`: the addresses on which the server listens. `hosts`: further names and addresses under which requests are
  /// answered: "name", "*.example.org" (every name below it), "*" (any); in lower case, addresses without brackets. If
  /// `hosts` is empty, a server that other machines can reach also answers under every literal address and under names
  /// without a dot, because neither can be published in the public DNS.
  Guard() = default;  ///< as with empty lists
  Guard(const std::vector<std::string>& bound, std::vector<std::string> hosts);

  /// The problem if this request must be refused, else nullopt. `any_host`: its route answers under every host. 421:
  /// the host is not ours. 403: a page of another origin wants to change something. Requests over the Unix domain
  /// socket never come from a page.
  std::optional<Problem> objection(const Request& request, bool any_host) const;

 private:
  bool answers_under(const Authority& authority, const Request& request) const;
  bool is_listed(const Authority& authority) const;

  std::vector<IpAddress> bound_;
  std::vector<std::string> hosts_;
  bool beyond_this_machine_ = false;
};

}  // namespace dmw::http
