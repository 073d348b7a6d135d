// Listener: where the program listens for HTTP: its address and port, the control socket, and a port for metrics alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "api/request_observer.h"
#include "base/metrics.h"
#include "base/result.h"
#include "config/settings.h"
#include "http/router.h"
#include "http/server.h"

namespace dmw::app {

/// With the control socket alone every intake stays closed but that of an import.
enum class Listening { everywhere, control_socket };

/// One thread.
class Listener {
 public:
  explicit Listener(Metrics& metrics) : observer_(metrics) {}

  /// Once. Errors: conflict (an address is taken).
  Result<> start(const config::Http& settings, const std::vector<http::Route>& routes, Listening where);
  /// Refuses what is new; requests under way may end until `patience` is over.
  void stop(std::chrono::milliseconds patience);

  /// While it listens everywhere.
  std::uint16_t port() const { return server_->ports().at(0); }
  /// False: CONTROL_SOCKET could not be made, and only HTTP reaches the program.
  bool has_control_socket() const { return !server_->unix_socket_refused(); }

 private:
  Result<> start_for_metrics(const config::Http& settings, std::vector<http::Route> routes);

  api::RequestObserver observer_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> metrics_server_;
};

}  // namespace dmw::app
