// Router: one table of routes. Everything that must hold for every route (scope, limits, types, problems) is decided
// here, before a route function sees a request.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/body_reader.h"
#include "http/guard.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/responder.h"

namespace dmw::http {

/// Who may call a route.
enum class Scope { open, ingest, read, operate };
std::string_view name(Scope scope);

/// Runs on a worker and may block. The request lives until it returns; an answer may come later.
using RouteFunction = std::function<void(const Request&, Responder)>;
/// The same for a body of any size; `Request::body` is empty then. An answer before the end of the body closes the
/// connection.
using UploadFunction = std::function<void(const Request&, BodyReader&, Responder)>;

struct Route {
  std::string method;
  std::string path;  ///< "/api/v1/studies/{uid}/instances"; a `{name}` is one whole segment
  Scope scope = Scope::operate;
  RouteFunction function{};
  UploadFunction upload{};                 ///< instead of `function`
  std::size_t body_limit_bytes = 1 << 20;  ///< does not apply to an upload
  std::vector<std::string> accepts{};      ///< media types of a body; empty: any
  /// The route waits for no other server, so it runs on separate workers and is answered at once, even if all other
  /// workers are waiting. Not for uploads.
  bool prompt = false;
  bool body_required = false;  ///< always true for an upload; every body must have a media type
  bool control_only = false;   ///< does not exist for callers over TCP
  bool any_host = false;       ///< answered under every valid Host; for probes and metrics, which have no patient data
};

/// Checks a request before its route runs, on a worker; may set the principal. A problem refuses the request.
using Authorize = std::function<std::optional<Problem>(Request&, Scope)>;

/// Immutable after it was passed to a server; any thread.
class Router {
 public:
  /// A malformed template, or two routes of one method and shape, is a bug.
  explicit Router(std::vector<Route> routes);

  void authorize(Authorize hook) { authorize_ = std::move(hook); }
  /// Set by the server, which knows its addresses.
  void guard(Guard guard) { guard_ = std::move(guard); }
  const std::vector<Route>& routes() const { return routes_; }

  /// Finds the route and sets `route`, `authority`, `parameters` and `parsed_query` of the request, whose head must be
  /// set. A literal segment takes precedence over a parameter; a GET route also answers HEAD. Problems: 400 (a Host or
  /// target that cannot be decoded), 421 and 403 (the guard), 404, 405 with Allow, 415.
  std::expected<const Route*, Problem> match(Request& request, std::string_view target) const;

  /// Authorizes the request and runs the route; an exception from the route becomes a 500. `body`: for an upload.
  void run(const Route& route, Request& request, Responder responder, BodyReader* body = nullptr) const;

 private:
  struct Entry {
    std::vector<std::string> segments;  // "{" begins a parameter
    std::size_t route = 0;
  };
  std::expected<const Route*, Problem> find(Request& request, std::string_view target) const;

  std::vector<Route> routes_;
  std::vector<Entry> entries_;  // most literal first
  Guard guard_;
  Authorize authorize_;
};

}  // namespace dmw::http
