// Requests and sources of a running serve: asked of its API, printed.
#include <cstdio>
#include <set>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/json.h"
#include "http/target.h"
#include "model/request.h"

namespace dmw::app {
namespace {

/// A scanner that said no AE title, because it was turned away before it could, has a row as well.
std::string ae_title_of(const json::object& from, std::string_view key) {
  const std::string title = text_of(from, key);
  return title.empty() || title == "-" ? "(none)" : title;
}

/// Why what waits is not taken, where its source says it.
void say_why_it_waits(const Remote& remote, const std::string& source) {
  const Result<json::value> answer = remote.get("/api/v1/sources/" + http::percent_encode(source));
  if (!answer && answer.error().code == Errc::not_found) {
    std::fprintf(stderr, "%s is not in the settings of this serve: its requests wait until a serve has it again\n",
                 source.c_str());
    return;
  }
  const json::value* const found = answer && answer->is_object() ? answer->get_object().if_contains("source") : nullptr;
  if (found == nullptr || !found->is_object()) return;
  const json::object& state = found->get_object();
  if (text_of(state, "state") == "ok" || text_of(state, "reason") == "-") return;
  std::fprintf(stderr, "%s is %s: %s\n", source.c_str(), text_of(state, "state").c_str(),
               text_of(state, "reason").c_str());
}

void add_source(Table& table, const json::object& source) {
  table.add({ae_title_of(source, "name"), text_of(source, "state"), text_of(source, "last_seen_at"),
             text_of(source, "instances"), text_of(source, "refused_instances"), text_of(source, "peer"),
             text_of(source, "detail"), text_of(source, "reason")});
}

void add_association(Table& table, const json::object& association) {
  const std::string repeats = text_of(association, "repeats");
  table.add({text_of(association, "ended_at"), text_of(association, "outcome"), ae_title_of(association, "calling_ae"),
             ae_title_of(association, "called_ae"), text_of(association, "peer"), text_of(association, "instances"),
             text_of(association, "reason") + (repeats == "0" ? "" : format(" (and {} times more)", repeats))});
}

}  // namespace

int requests_list(const Remote& remote, std::int64_t limit, bool json) {
  Table table({"REQUEST", "STATE", "SOURCE", "ORTHANC ID", "CREATED", "ATTEMPTS", "LAST ERROR"});
  std::set<std::string> waited_for;
  const auto visit = [&](const json::object& request) {
    if (json) return print_line(request);
    const std::string state = text_of(request, "state");
    if (state == name(RequestState::waiting) || state == name(RequestState::claimed))
      waited_for.insert(text_of(request, "source"));
    table.add({text_of(request, "request_id"), state, text_of(request, "source"), text_of(request, "orthanc_id"),
               text_of(request, "created_at"), text_of(request, "attempts"), text_of(request, "last_error")});
  };
  const int code = each_in_pages(remote, "/api/v1/ingestion/requests", "requests", limit, visit);
  if (code != exit_done || json) return code;
  table.print();
  for (const std::string& source : waited_for) say_why_it_waits(remote, source);
  return code;
}

int requests_show(const Remote& remote, const std::string& id, bool json) {
  const Result<json::value> request = remote.get("/api/v1/ingestion/requests/" + http::percent_encode(id));
  if (!request || json || !request->is_object()) return print_object(request);
  print_members(request->get_object());
  return exit_done;
}

int requests_fetch(const Remote& remote, const std::string& orthanc_id, const std::string& source, bool json) {
  json::object order{{"ID", orthanc_id}, {"Path", "Study"}};
  if (!source.empty()) order["Source"] = source;
  const Result<json::value> answer = remote.send("POST", "/api/v1/ingestion/studies", order);
  if (!answer || json || !answer->is_object()) return print_object(answer);
  const std::string id = text_of(answer->get_object(), "request_id");
  std::printf("request %s is queued\n", id.c_str());
  std::fprintf(stderr, "Follow it with: dicom-middleware requests show %s\n", id.c_str());
  return exit_done;
}

int sources_list(const Remote& remote, bool json) {
  Table table({"NAME", "STATE", "LAST SEEN", "KEPT", "REFUSED", "PEER", "DETAIL", "REASON"});
  const int code = each_in_pages(remote, "/api/v1/sources", "sources", std::nullopt, [&](const json::object& source) {
    if (json) return print_line(source);
    add_source(table, source);
  });
  if (code == exit_done && !json) table.print();
  return code;
}

int sources_show(const Remote& remote, const std::string& name, std::int64_t limit, bool json) {
  const std::string path = "/api/v1/sources/" + http::percent_encode(name);
  Result<json::value> answer = remote.get(format("{}?limit={}", path, 1));
  if (!answer || !answer->is_object()) return print_object(answer);
  if (json) {
    json::array associations;
    const auto gather = [&](const json::object& one) { associations.emplace_back(one); };
    if (const int code = each_in_pages(remote, path, "associations", limit, gather); code != exit_done) return code;
    answer->get_object()["associations"] = std::move(associations);
    answer->get_object()["next_cursor"] = nullptr;
    return print_object(answer);
  }
  const json::value* source = answer->get_object().if_contains("source");
  if (source != nullptr && source->is_object()) print_members(source->get_object());
  std::printf("\nassociations that were refused or broke, the newest first:\n");
  Table table({"ENDED", "OUTCOME", "CALLING AE", "CALLED AE", "PEER", "KEPT", "REASON"});
  const int code =
      each_in_pages(remote, path, "associations", limit, [&](const json::object& one) { add_association(table, one); });
  if (code == exit_done && table.empty()) std::printf("none\n");
  if (code == exit_done && !table.empty()) table.print();
  return code;
}

}  // namespace dmw::app
