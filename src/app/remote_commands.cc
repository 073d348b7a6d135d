// Requests and sources of a running serve: asked of its API, printed.
#include <cstdio>
#include <string>

#include "app/commands.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/json.h"
#include "http/client.h"

namespace dmw::app {
namespace {

std::string source_row(const json::object& source) {
  if (json::get_string(source, "kind") == "door") {
    return format("{:<16} {:<9} {}", text_of(source, "name"), text_of(source, "state"), text_of(source, "reason"));
  }
  return format("{:<16} {:<9} {:<28} {:>9} kept {:>6} refused  {:<15} {}", text_of(source, "name"),
                text_of(source, "state"), text_of(source, "last_seen_at"), text_of(source, "instances"),
                text_of(source, "refused_instances"), text_of(source, "peer"), text_of(source, "reason"));
}

std::string association_row(const json::object& association) {
  const std::string repeats = text_of(association, "repeats");
  return format("{:<28} {:<9} {:<16} {:<15} {:>7} kept  {}{}", text_of(association, "ended_at"),
                text_of(association, "outcome"), text_of(association, "calling_ae"), text_of(association, "peer"),
                text_of(association, "instances"), text_of(association, "reason"),
                repeats == "0" ? "" : format(" (and {} times more)", repeats));
}

}  // namespace

int requests_list(const Remote& remote, bool json) {
  return print_list(remote.get("/api/v1/ingestion/requests"), "requests", json, [](const json::object& request) {
    return format("{}  {:<8} {}  attempts {}  {}", text_of(request, "request_id"), text_of(request, "state"),
                  text_of(request, "created_at"), text_of(request, "attempts"), text_of(request, "last_error"));
  });
}

int requests_show(const Remote& remote, const std::string& id) {
  return print_object(remote.get("/api/v1/ingestion/requests/" + http::percent_encode(id)));
}

int requests_fetch(const Remote& remote, const std::string& orthanc_id) {
  return print_object(
      remote.send("POST", "/api/v1/ingestion/studies", json::object{{"ID", orthanc_id}, {"Path", "Study"}}));
}

int sources_list(const Remote& remote, bool json) {
  std::string cursor;
  while (true) {
    const Result<json::value> page = remote.get("/api/v1/sources?limit=500" + cursor);
    const int code = print_list(page, "sources", json, source_row);
    if (code != exit_done) return code;
    const std::string next = text_of(page->get_object(), "next_cursor");
    if (next == "-") return exit_done;
    cursor = "&cursor=" + http::percent_encode(next);
  }
}

int sources_show(const Remote& remote, const std::string& name, bool json) {
  const Result<json::value> answer = remote.get("/api/v1/sources/" + http::percent_encode(name));
  if (!answer || json || !answer->is_object()) return print_object(answer);
  const json::value* source = answer->get_object().if_contains("source");
  if (source != nullptr && source->is_object()) print_members(source->get_object());
  std::printf("\nassociations that were refused or broke, the newest first:\n");
  return print_list(answer, "associations", json, association_row);
}

}  // namespace dmw::app
