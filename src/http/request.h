// Request: one request as a route function sees it, read whole and decoded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "http/answer_budget.h"
#include "http/authority.h"
#include "http/headers.h"
#include "http/target.h"

namespace dmw::http {

struct Request {
  std::string method;
  std::string path;   ///< as sent, still percent-encoded
  std::string route;  ///< the template of the route that matched: what metrics and logs name
  std::vector<std::pair<std::string, std::string>> parameters;  ///< of the path, decoded
  Query parsed_query;
  Headers headers;
  std::string body;
  std::string peer;                    ///< "127.0.0.1:40000", "[::1]:40000" or "unix"
  std::string local_address;           ///< at which it came in; empty for a Unix domain socket
  std::optional<Authority> authority;  ///< what its target or Host names; none without a Host, in HTTP/1.0

  Uuid correlation;
  std::string client_correlation;          ///< the caller's id when it is no UUID
  std::optional<std::string> traceparent;  ///< only a valid one
  std::shared_ptr<AnswerBudget> answers;   ///< null without a server
  std::string principal;                   ///< who asks: set by the authorize hook

  /// A `{name}` of the route's template. Naming another one is a bug.
  const std::string& parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    assertion_failed("a parameter of the route", __FILE__, __LINE__);
  }
  /// Memory for an answer that is large to make or to hold, which goes into Answer::held. Waits for it, for the
  /// patience of the server.
  Result<AnswerBudget::Share> reserve(std::uint64_t bytes) const {
    if (!answers) return AnswerBudget::Share();
    return answers->take(bytes);
  }
  std::optional<std::string_view> query(std::string_view name) const { return parsed_query.get(name); }
  std::optional<std::string_view> header(std::string_view name) const { return headers.get(name); }
};

}  // namespace dmw::http
