#include "http/router.h"

#include <algorithm>
#include <exception>
#include <set>

#include "base/format.h"
#include "base/log.h"
#include "http/content_coding.h"

namespace dmw::http {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  for (;;) {
    const auto end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    if (end == path.npos) return segments;
    path.remove_prefix(end + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}
std::string_view parameter_name(std::string_view segment) {
  return segment.substr(1, segment.size() - 2);
}

/// Orders literal segments first, then by text, so that equal shapes are adjacent.
bool goes_before(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::lexicographical_compare(a, b, [](const std::string& x, const std::string& y) {
    if (is_parameter(x) || is_parameter(y)) return !is_parameter(x) && is_parameter(y);
    return x < y;
  });
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::ranges::equal(pattern, segments, [](const std::string& want, const std::string& have) {
    return is_parameter(want) ? !have.empty() : want == have;
  });
}

bool answers(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

bool has_body(const Headers& headers) {
  return headers.get("Transfer-Encoding") || headers.get("Content-Length").value_or("0") != "0";
}

/// Nullopt or a 415. A body without a media type is always refused, because a page of another origin can send such
/// bodies, and forms, without a CORS preflight.
std::optional<Problem> objection_to_type(const Route& route, const Headers& headers) {
  const auto field = headers.get("Content-Type");
  if (!field && !route.body_required && route.upload == nullptr && !has_body(headers)) return std::nullopt;
  const std::string_view type = trimmed(field.value_or("").substr(0, field.value_or("").find(';')));
  const auto fits = [&](const std::string& each) { return equal_ignoring_case(each, type); };
  if (std::ranges::any_of(route.accepts, fits)) return std::nullopt;
  if (!route.accepts.empty()) {
    std::string types;
    for (const auto& each : route.accepts) types += (types.empty() ? "" : " or ") + each;
    return Problem::of(415, format("the body must be {}, with that Content-Type", types));
  }
  const auto slash = type.find('/');
  if (slash != type.npos && is_token(type.substr(0, slash)) && is_token(type.substr(slash + 1))) return std::nullopt;
  return Problem::of(415, "the body has no media type: send a Content-Type");
}

/// The authority of the target, or else of the Host field (RFC 9112 §3.2.2); nullopt in HTTP/1.0 without a Host field.
std::expected<std::optional<Authority>, Problem> authority_of(const Headers& headers, std::string_view target) {
  const auto field = headers.get("Host");
  std::optional<Authority> authority;
  if (field) authority = Authority::parse(trimmed(*field));
  if (field && !authority) return std::unexpected(Problem::of(400, "the Host field is not a host and port"));
  const auto absolute = absolute_target(target);
  if (!absolute) return authority;
  authority = Authority::parse(absolute->authority);
  if (!authority) return std::unexpected(Problem::of(400, "the request target has no valid host and port"));
  return authority;
}

Problem undecodable(std::string_view what, const Error& error) {
  return Problem::of(400, format("{} cannot be decoded: {}", what, error.what));
}

}  // namespace

std::string_view name(Scope scope) {
  switch (scope) {
    case Scope::open:
      return "open";
    case Scope::ingest:
      return "ingest";
    case Scope::read:
      return "read";
    case Scope::operate:
      return "operate";
  }
  return "operate";
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    ASSERT(routes_[i].path.starts_with('/') && is_token(routes_[i].method));
    ASSERT((routes_[i].function != nullptr) != (routes_[i].upload != nullptr));
    ASSERT(!routes_[i].prompt || routes_[i].upload == nullptr);
    Entry entry{split(routes_[i].path), i};
    for (const auto& segment : entry.segments) {
      ASSERT(!is_parameter(segment) || (segment.size() > 2 && segment.ends_with('}')));
    }
    for (const auto& other : entries_) {
      const bool same_shape =
          !goes_before(entry.segments, other.segments) && !goes_before(other.segments, entry.segments);
      ASSERT(!same_shape || routes_[other.route].method != routes_[i].method);
    }
    const auto after = std::ranges::upper_bound(entries_, entry.segments, goes_before, &Entry::segments);
    entries_.insert(after, std::move(entry));
  }
}

std::expected<const Route*, Problem> Router::match(Request& request, std::string_view target) const {
  auto authority = authority_of(request.headers, target);
  if (!authority) return std::unexpected(std::move(authority.error()));
  request.authority = std::move(*authority);
  const auto absolute = absolute_target(target);
  const bool bare = absolute && !absolute->rest.starts_with('/');  // an empty path is "/" (RFC 9110 §4.2.3)
  auto found = find(request, absolute ? (bare ? "/" : "") + std::string(absolute->rest) : std::string(target));
  // Checked before anything else, so that a foreign page does not learn which resources exist.
  auto objection = guard_.objection(request, found && (*found)->any_host);
  if (objection) return std::unexpected(std::move(*objection));
  if (found) objection = objection_to_type(**found, request.headers);
  if (objection) return std::unexpected(std::move(*objection));
  return found;
}

std::expected<const Route*, Problem> Router::find(Request& request, std::string_view target) const {
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (!request.path.starts_with('/')) return std::unexpected(Problem::of(400, "the request target is not a path"));
  auto query = Query::parse(question == target.npos ? std::string_view{} : target.substr(question + 1));
  if (!query) return std::unexpected(undecodable("the query", query.error()));
  request.parsed_query = std::move(*query);

  const auto segments = split(request.path);
  std::set<std::string> allow;
  const std::vector<std::string>* shape = nullptr;
  for (const auto& entry : entries_) {
    if (!fits(entry.segments, segments)) continue;
    // A literal segment is a resource of its own; it does not also match as the value of a parameter.
    if (shape != nullptr && goes_before(*shape, entry.segments)) break;
    shape = &entry.segments;
    const Route& route = routes_[entry.route];
    if (route.control_only && !request.local_address.empty()) continue;
    if (!answers(route, request.method)) {
      allow.insert(route.method);
      if (route.method == "GET") allow.insert("HEAD");
      continue;
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!is_parameter(entry.segments[i])) continue;
      auto value = percent_decode(segments[i]);
      if (!value) return std::unexpected(undecodable("the path", value.error()));
      request.parameters.emplace_back(parameter_name(entry.segments[i]), std::move(*value));
    }
    request.route = route.path;
    return &route;
  }
  if (allow.empty()) return std::unexpected(Problem::of(404, "there is no such resource"));
  std::string methods;
  for (const auto& method : allow) methods += (methods.empty() ? "" : ", ") + method;
  return std::unexpected(
      Problem::of(405, "this resource does not answer this method").header("Allow", std::move(methods)));
}

void Router::run(const Route& route, Request& request, Responder responder, BodyReader* body) const {
  try {
    if (authorize_) {
      if (const auto refusal = authorize_(request, route.scope)) return responder.send(*refusal);
    }
    if (route.upload == nullptr) return route.function(request, std::move(responder));
    const auto decoder = decoded(request.headers, *body);
    if (!decoder) return responder.send(decoder.error());
    route.upload(request, *decoder ? **decoder : *body, std::move(responder));
  } catch (const std::exception&) {
    // The text of the exception is not logged, because it may contain data from outside. The destroyed responder has
    // answered 500.
    log::error("route_threw", format("an exception left the handler of {}", request.route),
               {{"endpoint", request.route}, {"correlation_id", request.correlation.text()}});
  }
}

}  // namespace dmw::http
