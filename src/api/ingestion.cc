// The routes of the trigger and of its requests. The trigger contacts no source. It answers as soon as the request is
// saved on disk, or keeps its caller waiting until the study is published.
#include <algorithm>
#include <array>

#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"

namespace dmw::api {
namespace {

constexpr std::size_t kBodyMaxBytes = 64U << 10U;
constexpr std::size_t kGroups = 5;
constexpr std::size_t kGroupDigits = 8;

/// Orthanc's id of a study, in lower case; nullopt for any other text.
std::optional<std::string> orthanc_id(std::string_view text) {
  if (text.size() != kGroups * kGroupDigits + kGroups - 1) return std::nullopt;
  std::string id(text);
  for (std::size_t i = 0; i < id.size(); ++i) {
    char& c = id[i];
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool dash = i % (kGroupDigits + 1) == kGroupDigits;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return std::nullopt;
  }
  return id;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// The member as text. If it is not a text, an error is added to `problem`.
std::optional<std::string> text_member(const json::object& body, std::string_view key, http::Problem& problem) {
  const std::string pointer = "/" + std::string(key);
  if (!body.contains(key)) {
    problem.error(pointer, "is missing");
    return std::nullopt;
  }
  auto text = json::get_string(body, key);
  if (!text) problem.error(pointer, "must be a string");
  return text;
}

/// The source that the body names, or the one that is meant when it names none.
std::string source_in(const Parts& parts, const json::object& body, http::Problem& problem) {
  const json::value* const named = body.if_contains("Source");
  if (named == nullptr || named->is_null()) {
    if (parts.default_source.empty() && !parts.sources.empty())
      problem.error("/Source", "is missing; name one of " + list_of(parts.sources));
    return parts.default_source;
  }
  const auto source = text_member(body, "Source", problem);
  if (source && std::ranges::find(parts.sources, *source) == parts.sources.end()) {
    problem.error("/Source", parts.sources.empty()
                                 ? "is not a configured source; none is configured"
                                 : "is not a configured source; name one of " + list_of(parts.sources));
  }
  return source.value_or("");
}

std::expected<NewRequest, http::Problem> read_trigger(const Parts& parts, const http::Request& request) {
  auto body = object_of(request);
  if (!body) return std::unexpected(std::move(body.error()));
  NewRequest wanted;
  http::Problem problem = http::Problem::of(422, "the body does not name a study");
  if (const auto id = text_member(*body, "ID", problem)) {
    auto study = orthanc_id(*id);
    if (!study) problem.error("/ID", "must be five groups of 8 hexadecimal digits");
    wanted.study = std::move(study).value_or("");
  }
  wanted.source = source_in(parts, *body, problem);
  if (!problem.errors.empty()) return std::unexpected(std::move(problem));
  if (parts.sources.empty()) {
    return std::unexpected(http::Problem::of(503, "no source is configured: set ORTHANC_URL"));
  }
  wanted.closes = true;
  wanted.correlation_id = request.correlation;
  wanted.client_correlation = request.client_correlation;
  wanted.traceparent = request.traceparent.value_or("");
  return wanted;
}

void trigger(const Parts& parts, WaitDesk& desk, const http::Request& request, http::Responder responder) {
  const auto wanted = read_trigger(parts, request);
  if (!wanted) return responder.send(wanted.error());
  Acceptance acceptance;
  acceptance.preference = http::Preference::of(request.headers);
  const auto submitted = parts.submit(*wanted);
  if (!submitted) return responder.send(submitted.error());
  acceptance.request_id = submitted->request_id;
  acceptance.correlation_id = submitted->correlation_id;
  const auto fallback = acceptance.preference.respond_async ? std::chrono::seconds(0) : parts.wait_default;
  const auto patience = acceptance.preference.wait.value_or(fallback);
  if (patience.count() == 0) return responder.send(acceptance.accepted());
  desk.wait(std::move(acceptance), patience, std::move(responder));
}

Reply list(const Parts& parts, const http::Request& request) {
  Parameters query(request.parsed_query, {"state", "cursor", "limit"});
  catalog::RequestFilter filter;
  filter.state =
      query.one_of("state", {RequestState::waiting, RequestState::claimed, RequestState::done, RequestState::failed});
  filter.before_id = query.cursor();
  filter.limit = query.limit();
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  const std::vector<Request> found = TRY(catalog::Requests(parts.database).list(filter));
  return json_answer(200, page_of("requests", std::span(found), filter.limit, [](const auto& row) { return row.id; }));
}

Reply show(const Parts& parts, const http::Request& request) {
  const auto id = Uuid::parse(request.parameter("id"));
  if (!id) return refuse(404, "there is no such request");
  const auto found = TRY(catalog::Requests(parts.database).get(id->text()));
  if (!found) return refuse(404, "there is no such request");
  return json_answer(200, to_json(*found));
}

}  // namespace

void add_ingestion(Routes& routes, const Parts& parts, WaitDesk& desk) {
  routes.push_back(
      {.method = "POST",
       .path = "/api/v1/ingestion/studies",
       .scope = http::Scope::ingest,
       .function = [&parts, &desk](const http::Request& request,
                                   http::Responder responder) { trigger(parts, desk, request, std::move(responder)); },
       .body_limit_bytes = kBodyMaxBytes,
       .accepts = {"application/json"},
       .body_required = true});
  routes.push_back({"GET", "/api/v1/ingestion/requests", http::Scope::read,
                    replying([&parts](const http::Request& request) { return list(parts, request); })});
  routes.push_back({"GET", "/api/v1/ingestion/requests/{id}", http::Scope::read,
                    replying([&parts](const http::Request& request) { return show(parts, request); })});
}

}  // namespace dmw::api
