// Guard: keeps web pages of strangers away from a server that asks nobody who he is. A page whose own name was made to
// lead to this machine (DNS rebinding) calls it under that name; a page from elsewhere says its origin.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/authority.h"
#include "http/problem.h"
#include "http/request.h"

namespace dmw::http {

/// Does not change once it is made; any thread.
class Guard {
 public:
  /// `bound`: the addresses that are listened on. `hosts`: further names and addresses under which requests are
  /// answered: "name", "*.example.org" (every name below it), "*" (any); in lower case, addresses without brackets.
  /// With no `hosts`, a server that listens beyond this machine also answers under every literal address, and under
  /// names without a dot: nobody can publish one of them in the public DNS.
  Guard() = default;  ///< as if nothing was bound
  Guard(const std::vector<std::string>& bound, std::vector<std::string> hosts);

  /// Why this request is not answered. `any_host`: its route answers under every host.
  /// 421: under a host that is not ours. 403: a page of another origin that wants to change something.
  /// What comes by the Unix domain socket comes from no page.
  std::optional<Problem> objection(const Request& request, bool any_host) const;

 private:
  bool answers_under(const Authority& authority, const Request& request) const;
  bool is_listed(const Authority& authority) const;

  std::vector<IpAddress> bound_;
  std::vector<std::string> hosts_;
  bool beyond_this_machine_ = false;
};

}  // namespace dmw::http
