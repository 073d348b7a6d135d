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
/// Likewise for a body of any size, of which `Request::body` has nothing. An answer before its end closes the
/// connection.
using UploadFunction = std::function<void(const Request&, BodyReader&, Responder)>;

struct Route {
  std::string method;
  std::string path;  ///< "/api/v1/studies/{uid}/instances"; a `{name}` is one whole segment
  Scope scope = Scope::operate;
  RouteFunction function{};
  UploadFunction upload{};                 ///< in place of `function`
  std::size_t body_limit_bytes = 1 << 20;  ///< not of an upload
  std::vector<std::string> accepts{};      ///< media types of a body; empty: any
  /// Waits for no peer, and so is answered at once on workers of its own, whatever the others wait for. Not an upload.
  bool prompt = false;
  bool body_required = false;  ///< likewise an upload; such a body and every other has to have a media type
  bool control_only = false;   ///< not there for who calls over TCP
  bool any_host = false;       ///< answered under every valid Host: probes and metrics, which tell of no patient
};

/// Judges a request before its route runs, on a worker; may name the principal. A problem refuses it.
using Authorize = std::function<std::optional<Problem>(Request&, Scope)>;

/// Does not change once a server has it; any thread.
class Router {
 public:
  /// A malformed template, or two routes of one method and shape, is a bug.
  explicit Router(std::vector<Route> routes);

  void authorize(Authorize hook) { authorize_ = std::move(hook); }
  /// Its server sets it, who knows where it listens.
  void guard(Guard guard) { guard_ = std::move(guard); }
  const std::vector<Route>& routes() const { return routes_; }

  /// Finds the route and fills in `route`, `authority`, `parameters` and `parsed_query` of the request, whose head is
  /// known. A segment that is spelled out goes before a parameter; GET answers HEAD.
  /// Problems: 400 (a Host or target that cannot be decoded), 421 and 403 (the guard), 404, 405 with Allow, 415.
  std::expected<const Route*, Problem> match(Request& request, std::string_view target) const;

  /// Authorizes and runs; an exception out of the route becomes a 500. `body` is that of an upload.
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
