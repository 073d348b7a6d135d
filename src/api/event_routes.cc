// The change feed: the rows of the event log, by page or as a stream.
#include <algorithm>

#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/vocabulary.h"
#include "catalog/event_search.h"

namespace dmw::api {
namespace {

constexpr std::int64_t kPositionMax = std::numeric_limits<std::int64_t>::max();

/// `next`: the position of the first event that is still in the log.
http::Answer no_longer_kept(const Parts& parts, const http::Request& request, std::int64_t next) {
  const auto problem = http::Problem::of(
      410, format("the events after this position are no longer in the log: begin after {}", next - 1));
  return problem_with(problem, request, parts.clock.now(), {{"first_position", next}});
}

catalog::EventFilter filter_of(Parameters& query) {
  catalog::EventFilter filter{query.time("since"), query.time("until"), query.text("study"), query.text("type")};
  if (!filter.type.empty() && std::ranges::find(kEventTypes, filter.type) == kEventTypes.end()) {
    std::string names;
    for (const std::string_view type : kEventTypes) names += format("{}{}", names.empty() ? "" : ", ", type);
    query.wrong("type", "must be one of " + names);
  }
  return filter;
}

/// The next matching events after a position, and the position from which the reader continues.
Result<catalog::EventsFound> next_events(const Parts& parts, const catalog::EventFilter& filter, std::int64_t after,
                                         std::size_t limit) {
  if (!filter.empty()) return catalog::find_events(parts.database, filter, after, limit);
  catalog::EventsFound found{TRY(catalog::read_after(parts.database, after, limit)), after};
  if (!found.events.empty()) found.up_to = found.events.back().position;
  return found;
}

Reply page(const Parts& parts, const http::Request& request) {
  Parameters query(request.parsed_query, {"after", "limit", "since", "until", "study", "type"});
  const std::int64_t asked = query.number("after", -1, 0, kPositionMax);
  const std::size_t limit = query.limit();
  const catalog::EventFilter filter = filter_of(query);
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  const catalog::LogRange range = TRY(catalog::log_range(parts.database));
  const std::int64_t after = asked < 0 ? range.first - 1 : asked;
  const auto found = next_events(parts, filter, after, limit);
  if (!found && found.error().code == Errc::gone)
    return no_longer_kept(parts, request, TRY(catalog::next_kept(parts.database, after)));
  std::string body = "{\"events\":[";
  for (const Event& event : TRY(found).events) {
    if (body.back() == '}') body += ',';
    body += to_json_text(event);
  }
  body +=
      format("],\"next_after\":{},\"first_position\":{},\"last_position\":{}}}", found->up_to, range.first, range.last);
  return http::Answer::json(200, std::move(body));
}

/// The filter of a stream and its start: after the last event that the reader has, at the time that it asks for, or at
/// the end of the log.
struct Start {
  std::int64_t position = 0;
  catalog::EventFilter filter;
};

Asked<Start> start_of(const Parts& parts, const http::Request& request, const catalog::LogRange& range) {
  Parameters query(request.parsed_query, {"after", "since", "until", "study", "type"});
  const std::int64_t after = query.number("after", -1, 0, kPositionMax);
  Start start{after, filter_of(query)};
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  if (const auto last = request.header("Last-Event-ID"); last && !last->empty()) {
    const auto position = parse_number(*last);
    if (!position) return refuse(http::Problem::of(400, "Last-Event-ID must be a position"));
    start.position = *position;
  } else if (after < 0) {
    start.position =
        start.filter.since ? TRY(catalog::position_before(parts.database, range, *start.filter.since)) : range.last;
  }
  return start;
}

void stream(const Parts& parts, EventFeed& feed, const http::Request& request, http::Responder responder) {
  const auto range = catalog::log_range(parts.database);
  if (!range) return responder.send(range.error());
  auto start = start_of(parts, request, *range);
  if (!start) return send(responder, std::unexpected(start.error()));
  const auto next = catalog::next_kept(parts.database, start->position);
  if (!next) return responder.send(next.error());
  if (start->position + 1 < *next) return responder.send(no_longer_kept(parts, request, *next));
  feed.open(start->position, std::move(start->filter), std::move(responder));
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
