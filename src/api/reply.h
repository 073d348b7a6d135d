// Reply: the result of a route that answers at once, and its conversion to an HTTP answer.
#pragma once

#include <expected>
#include <functional>
#include <variant>

#include "base/json.h"
#include "http/router.h"

namespace dmw::api {

/// A problem (RFC 9457), or an Error that is converted to one.
using Refused = std::variant<http::Problem, Error>;
/// TRY of a Result works in a function that returns one of these.
template <typename T>
using Asked = std::expected<T, Refused>;
using Reply = Asked<http::Answer>;

inline std::unexpected<Refused> refuse(http::Problem problem) {
  return std::unexpected<Refused>(std::move(problem));
}
inline std::unexpected<Refused> refuse(int status, std::string detail) {
  return refuse(http::Problem::of(status, std::move(detail)));
}

void send(http::Responder& responder, Reply reply);
http::RouteFunction replying(std::function<Reply(const http::Request&)> answer);

http::Answer json_answer(int status, const json::object& body);

/// A problem with members of its own (RFC 9457 §3.2).
http::Answer problem_with(const http::Problem& problem, const http::Request& request, MicrosUtc now,
                          const json::object& members);

/// The body as a JSON object. Problems: 400 (not JSON), 422 (another JSON value).
std::expected<json::object, http::Problem> object_of(const http::Request& request);

}  // namespace dmw::api
