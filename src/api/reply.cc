#include "api/reply.h"

namespace dmw::api {

void send(http::Responder& responder, Reply reply) {
  if (reply) return responder.send(std::move(*reply));
  std::visit([&](const auto& refused) { responder.send(refused); }, reply.error());
}

http::RouteFunction replying(std::function<Reply(const http::Request&)> answer) {
  return [answer = std::move(answer)](const http::Request& request, http::Responder responder) {
    send(responder, answer(request));
  };
}

http::Answer json_answer(int status, const json::object& body) {
  return http::Answer::json(status, json::serialize(body));
}

http::Answer problem_with(const http::Problem& problem, const http::Request& request, MicrosUtc now,
                          const json::object& members) {
  std::string body = problem.body(request.correlation, now);
  const std::string more = json::serialize(members);
  if (!members.empty()) {
    body.back() = ',';
    body.append(more, 1);
  }
  http::Answer answer = http::Answer::text(problem.status, "application/problem+json", std::move(body));
  for (const auto& [name, value] : problem.headers) answer.headers.add(name, value);
  return answer;
}

std::expected<json::object, http::Problem> object_of(const http::Request& request) {
  Result<json::value> parsed = json::parse(request.body);
  if (!parsed) return std::unexpected(http::Problem::of(400, "the body is not JSON: " + parsed.error().what));
  if (!parsed->is_object()) return std::unexpected(http::Problem::of(422, "the body must be a JSON object"));
  return std::move(parsed->get_object());
}

}  // namespace dmw::api
