// /health (is the process alive), /ready (can it work) and /metrics.
#include <algorithm>

#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"

namespace dmw::api {
namespace {

using State = PartState::State;

json::array list_of(const std::vector<PartState>& parts) {
  json::array list;
  for (const PartState& part : parts) list.push_back(to_json(part));
  return list;
}

http::Answer ready(const Parts& parts, const http::Request& request) {
  const std::vector<PartState> states = parts.program.states();
  const auto any = [&](State state) { return std::ranges::find(states, state, &PartState::state) != states.end(); };
  if (!any(State::down)) {
    return json_answer(
        200,
        {{"status", any(State::degraded) ? "degraded" : "ok"}, {"version", parts.version}, {"parts", list_of(states)}});
  }
  http::Problem problem =
      http::Problem::of(503, "no intake can accept files at the moment: the inbox cannot write to disk");
  for (const PartState& part : states) {
    if (part.state == State::down) problem.error(part.name, part.reason);
  }
  return problem_with(problem, request, parts.clock.now(), {{"parts", list_of(states)}});
}

}  // namespace

/// None of these routes contacts another server. Otherwise an orchestrator would restart the program because the
/// catalog is unavailable.
void add_health(Routes& routes, const Parts& parts) {
  const auto add = [&](std::string path, std::function<Reply(const http::Request&)> answer) {
    http::Route route{
        .method = "GET", .path = std::move(path), .scope = http::Scope::open, .function = replying(std::move(answer))};
    route.prompt = true;
    route.any_host = true;
    routes.push_back(std::move(route));
  };
  add("/health", [](const http::Request&) -> Reply { return json_answer(200, {{"status", "ok"}}); });
  add("/ready", [&parts](const http::Request& request) -> Reply { return ready(parts, request); });
  add("/metrics", [&parts](const http::Request&) -> Reply {
    parts.refresh_metrics();
    return http::Answer::text(200, "text/plain; version=0.0.4; charset=utf-8", parts.metrics.text());
  });
}

}  // namespace dmw::api
