// Request: one complete, decoded request, for a route function.
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
  std::string route;  ///< the template of the matching route; used in metrics and logs
  std::vector<std::pair<std::string, std::string>> parameters;  ///< of the path, decoded
  Query parsed_query;
  Headers headers;
  std::string body;
  std::string peer;                    ///< "127.0.0.1:40000", "[::1]:40000" or "unix"
  std::string local_address;           ///< local address of the connection; empty for a Unix domain socket
  std::optional<Authority> authority;  ///< from its target or Host field; nullopt in HTTP/1.0 without a Host field

  Uuid correlation;
  std::string client_correlation;          ///< the caller's correlation id if it is not a UUID
  std::optional<std::string> traceparent;  ///< only a valid one
  std::shared_ptr<AnswerBudget> answers;   ///< null without a server
  std::string principal;                   ///< the caller; set by the authorize hook

  /// The value of `{name}` in the route's template. Another name is a bug.
  const std::string& parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    assertion_failed("a parameter of the route", __FILE__, __LINE__);
  }
  /// Reserves memory for an answer that is large or needs much memory to make; put the share into Answer::held. Waits
  /// for free memory, at most for the patience of the server.
  Result<AnswerBudget::Share> reserve(std::uint64_t bytes) const {
    if (!answers) return AnswerBudget::Share();
    return answers->take(bytes);
  }
  std::optional<std::string_view> query(std::string_view name) const { return parsed_query.get(name); }
  std::optional<std::string_view> header(std::string_view name) const { return headers.get(name); }
};

}  // namespace dmw::http
