// The change feed: the rows of the event log, page by page or as they come.
#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"

namespace dmw::api {
namespace {

constexpr std::int64_t kPositionMax = std::numeric_limits<std::int64_t>::max();

http::Answer no_longer_kept(const Parts& parts, const http::Request& request, const catalog::LogRange& range) {
  const auto problem = http::Problem::of(
      410, format("the events after this position are no longer kept: begin after {}", range.first - 1));
  return problem_with(problem, request, parts.clock.now(), {{"first_position", range.first}});
}

Reply page(const Parts& parts, const http::Request& request) {
  Parameters query(request.parsed_query, {"after", "limit"});
  const std::int64_t asked = query.number("after", -1, 0, kPositionMax);
  const std::size_t limit = query.limit();
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  const catalog::LogRange range = TRY(catalog::log_range(parts.database));
  const std::int64_t after = asked < 0 ? range.first - 1 : asked;
  const auto events = catalog::read_after(parts.database, after, limit);
  if (!events && events.error().code == Errc::gone) return no_longer_kept(parts, request, range);
  std::string body = "{\"events\":[";
  for (const Event& event : TRY(events)) {
    if (body.back() == '}') body += ',';
    body += to_json_text(event);
  }
  const std::int64_t next = events->empty() ? after : events->back().position;
  body += format("],\"next_after\":{},\"first_position\":{},\"last_position\":{}}}", next, range.first, range.last);
  return http::Answer::json(200, std::move(body));
}

/// Where a stream begins: behind the last event that its reader has, or at the end of the log.
Asked<std::int64_t> start_of(const http::Request& request, const catalog::LogRange& range) {
  Parameters query(request.parsed_query, {"after"});
  const std::int64_t after = query.number("after", range.last, 0, kPositionMax);
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  const auto last = request.header("Last-Event-ID");
  if (!last || last->empty()) return after;
  const auto position = parse_number(*last);
  if (!position) return refuse(http::Problem::of(400, "Last-Event-ID must be a position"));
  return *position;
}

void stream(const Parts& parts, EventFeed& feed, const http::Request& request, http::Responder responder) {
  const auto range = catalog::log_range(parts.database);
  if (!range) return responder.send(range.error());
  const auto start = start_of(request, *range);
  if (!start) return send(responder, std::unexpected(start.error()));
  if (*start + 1 < range->first) return responder.send(no_longer_kept(parts, request, *range));
  feed.open(*start, std::move(responder));
}

}  // namespace

void add_events(Routes& routes, const Parts& parts, EventFeed& feed) {
  routes.push_back({"GET", "/api/v1/events", http::Scope::read,
                    replying([&parts](const http::Request& request) { return page(parts, request); })});
  routes.push_back({"GET", "/api/v1/events/stream", http::Scope::read,
                    [&parts, &feed](const http::Request& request, http::Responder responder) {
                      stream(parts, feed, request, std::move(responder));
                    }});
}

}  // namespace dmw::api
