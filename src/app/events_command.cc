// events: the event log of a running serve, as every reader gets it.
#include "app/events_command.h"

#include <cstdio>
#include <string>

#include "app/commands.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/terminal.h"
#include "http/target.h"

namespace dmw::app {
namespace {

std::string event_row(const json::object& event) {
  return format("{:>8}  {:<16} {}  {}", text_of(event, "position"), text_of(event, "event_type"), text_of(event, "at"),
                text_of(event, "key"));
}

std::string line_of(const json::object& event, bool json) {
  return json ? json_for_terminal(json::serialize(flattened(event))) : event_row(event);
}

/// The position before the first event that is kept.
Result<std::int64_t> before_the_first(const Remote& remote) {
  const json::value page = TRY(remote.get("/api/v1/events?limit=1"));
  const auto first = page.is_object() ? json::get_int(page.get_object(), "first_position") : std::nullopt;
  if (!first) return fail(Errc::internal, "an answer without first_position");
  return *first - 1;
}

/// As it follows other parameters.
std::string filters_of(const EventsQuery& query) {
  const MicrosUtc now = SystemClock().now();
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += format("&{}={}", name, http::percent_encode(value));
  };
  add("since", moment_of(query.since, now));
  add("until", moment_of(query.until, now));
  add("study", query.study);
  add("type", query.type);
  return text;
}

Result<> follow_events(const Remote& remote, const EventsOrder& order) {
  const std::int64_t start = order.after ? *order.after : TRY(before_the_first(remote));
  const std::string path = format("/api/v1/events/stream?after={}{}", start, filters_of(order.query));
  return remote.stream(path, [json = order.json](std::string_view data) -> Result<> {
    const json::value event = TRY(json::parse(data));
    if (event.is_object()) std::printf("%s\n", line_of(event.get_object(), json).c_str());
    std::fflush(stdout);
    return {};
  });
}

}  // namespace

json::object flattened(const json::object& event) {
  json::object flat;
  for (const std::string_view key : {"position", "topic", "key", "event_id", "event_type", "at"}) {
    if (const json::value* value = event.if_contains(key)) flat[key] = *value;
  }
  const json::value* body = event.if_contains("body");
  if (body == nullptr || !body->is_object()) return flat;
  for (const auto& member : body->get_object()) flat[member.key()] = member.value();
  return flat;
}

int events_print(const Remote& remote, const EventsOrder& order) {
  if (order.follow) {
    const Result<> ended = follow_events(remote, order);
    return ended ? exit_done : report(ended.error());
  }
  const std::string after = order.after ? format("&after={}", *order.after) : "";
  const auto row = [&](const json::object& event) { return line_of(event, order.json); };
  return print_list(remote.get(format("/api/v1/events?limit={}{}{}", order.limit, after, filters_of(order.query))),
                    "events", false, row);
}

}  // namespace dmw::app
