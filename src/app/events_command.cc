// events: prints the event log of a running serve.
#include "app/events_command.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>

#include "app/commands.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/terminal.h"
#include "http/target.h"

namespace dmw::app {
namespace {

constexpr std::int64_t events_page_max = 500;
/// Rows are printed at once, so the columns have fixed widths. A time has 25 characters.
constexpr char row_form[] = "{:>8}  {:<16} {:<25}  {}";

std::string event_row(const json::object& event) {
  return format(row_form, text_of(event, "position"), text_of(event, "event_type"), text_of(event, "at"),
                text_of(event, "key"));
}

/// Prints the header for people, before the first event.
void print_header(bool json) {
  if (!json) std::printf("%s\n", format(row_form, "POSITION", "TYPE", "AT", "KEY").c_str());
}

std::string line_of(const json::object& event, bool json) {
  return json ? json_for_terminal(json::serialize(flattened(event))) : event_row(event);
}

/// The position before the first event in the log.
Result<std::int64_t> before_the_first(const Remote& remote) {
  const json::value page = TRY(remote.get("/api/v1/events?limit=1"));
  const auto first = page.is_object() ? json::get_int(page.get_object(), "first_position") : std::nullopt;
  if (!first) return fail(Errc::internal, "the answer has no first_position");
  return *first - 1;
}

/// The filters as further parameters of a URL.
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
  print_header(order.json);
  std::fflush(stdout);
  return remote.stream(path, [json = order.json](std::string_view data) -> Result<> {
    const json::value event = TRY(json::parse(data));
    if (event.is_object()) std::printf("%s\n", line_of(event.get_object(), json).c_str());
    std::fflush(stdout);
    return {};
  });
}

struct Page {
  json::array events;
  std::int64_t next_after = 0;
  std::int64_t last_position = 0;
};

Result<Page> read_page(const Remote& remote, const std::string& path) {
  const json::value answer = TRY(remote.get(path));
  Page page;
  if (answer.is_object()) {
    const json::object& told = answer.get_object();
    const json::value* const events = told.if_contains("events");
    page.next_after = json::get_int(told, "next_after").value_or(-1);
    page.last_position = json::get_int(told, "last_position").value_or(-1);
    if (events != nullptr && events->is_array() && page.next_after >= 0 && page.last_position >= 0) {
      page.events = events->get_array();
      return page;
    }
  }
  return fail(Errc::internal, "the answer is not a page of events");
}

/// Prints page after page, up to the last event at the time of the call.
Result<> list_events(const Remote& remote, const EventsOrder& order) {
  const std::string filters = filters_of(order.query);
  std::string after = order.after ? format("&after={}", *order.after) : "";
  std::int64_t left = order.limit.value_or(std::numeric_limits<std::int64_t>::max());
  std::int64_t last = -1;
  std::int64_t next = -1;
  bool any = false;
  while (left > 0) {
    const Page page =
        TRY(read_page(remote, format("/api/v1/events?limit={}{}{}", std::min(left, events_page_max), after, filters)));
    if (last < 0) last = page.last_position;
    for (const json::value& each : page.events) {
      if (!each.is_object()) continue;
      if (!any) print_header(order.json);
      any = true;
      std::printf("%s\n", line_of(each.get_object(), order.json).c_str());
      --left;
    }
    next = page.next_after;
    if (page.events.empty() || next >= last) break;
    after = format("&after={}", next);
  }
  if (left == 0 && next < last)
    std::fprintf(stderr, "%s", format("There may be more: continue with --after {}.\n", next).c_str());
  if (!any && !order.json) say_none();
  return {};
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
  const Result<> ended = order.follow ? follow_events(remote, order) : list_events(remote, order);
  return ended ? exit_done : report_answer(ended.error());
}

}  // namespace dmw::app
