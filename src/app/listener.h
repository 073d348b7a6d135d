// Listener: the part `http`: where the program listens for HTTP: its address and port, the control socket, and a port
// for metrics alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "api/request_observer.h"
#include "base/metrics.h"
#include "base/result.h"
#include "config/settings.h"
#include "http/router.h"
#include "http/server.h"
#include "part/part.h"

namespace dmw::app {

/// With the control socket only, all intakes except import are closed.
enum class Listening { everywhere, control_socket };

/// One thread.
class Listener : public Part {
 public:
  /// The settings outlive it.
  Listener(Metrics& metrics, const config::Http& settings, Listening where)
      : Part({.name = "http", .kind = PartKind::server}), observer_(metrics), settings_(settings), where_(where) {}

  /// Sets the routes. Call it before start().
  void set_routes(std::vector<http::Route> routes) { routes_ = std::move(routes); }
  /// Errors: conflict (an address is taken).
  Result<> start() override;
  /// Refuses new requests; running ones may finish within `patience`.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;

  /// The HTTP port; valid while it listens everywhere.
  std::uint16_t port() const { return server_->ports().at(0); }
  /// False if CONTROL_SOCKET could not be created, so that the program can only be reached over HTTP.
  bool has_control_socket() const { return !server_->unix_socket_refused(); }
  /// "http://127.0.0.1:8000/"
  std::string url() const;

 private:
  Result<> start_for_metrics();

  api::RequestObserver observer_;
  const config::Http& settings_;
  const Listening where_;
  std::vector<http::Route> routes_;
  mutable std::mutex mutex_;
  std::string no_control_socket_;  // why there is none, guarded by mutex_; empty: there is one, or it was not tried
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> metrics_server_;
};

}  // namespace dmw::app
