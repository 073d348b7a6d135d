// /health, /ready and /metrics: whether the process lives, whether it can do its work, and how it does.
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
  const std::vector<PartState> states = parts.readiness();
  const auto any = [&](State state) { return std::ranges::find(states, state, &PartState::state) != states.end(); };
  if (!any(State::down)) {
    return json_answer(
        200,
        {{"status", any(State::degraded) ? "degraded" : "ok"}, {"version", parts.version}, {"parts", list_of(states)}});
  }
  http::Problem problem = http::Problem::of(503, "nothing can be acknowledged safely now");
  for (const PartState& part : states) {
    if (part.state == State::down) problem.error(part.name, part.reason);
  }
  return problem_with(problem, request, parts.clock.now(), {{"parts", list_of(states)}});
}

}  // namespace

void add_health(Routes& routes, const Parts& parts) {
  routes.push_back({"GET", "/health", http::Scope::open,
                    replying([](const http::Request&) -> Reply { return json_answer(200, {{"status", "ok"}}); })});
  routes.push_back({"GET", "/ready", http::Scope::open,
                    replying([&parts](const http::Request& request) -> Reply { return ready(parts, request); })});
  routes.push_back({"GET", "/metrics", http::Scope::open, replying([&parts](const http::Request&) -> Reply {
                      parts.refresh_metrics();
                      return http::Answer::text(200, "text/plain; version=0.0.4; charset=utf-8", parts.metrics.text());
                    })});
}

}  // namespace dmw::api
