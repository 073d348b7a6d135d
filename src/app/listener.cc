#include "app/listener.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/listening.h"
#include "base/log.h"

namespace dmw::app {

Result<> Listener::start() {
  std::error_code untold;  // a folder that cannot be made is told by the socket that cannot be bound
  std::filesystem::create_directories(settings_.control_socket.parent_path(), untold);
  http::ServerOptions options;
  if (where_ == Listening::everywhere) options.tcp = {{settings_.bind, settings_.port}};
  options.hosts = settings_.hosts;
  options.unix_socket = settings_.control_socket;
  options.unix_socket_optional = where_ == Listening::everywhere;
  options.uploads_max = settings_.uploads;
  options.observe = [this](const http::Served& served) { observer_(served); };
  auto server = http::Server::start(std::move(options), http::Router(routes_));
  if (!server) {
    const bool is_tcp = where_ == Listening::everywhere;
    return std::unexpected(naming_setting(is_tcp ? "HTTP_PORT" : "CONTROL_SOCKET", std::move(server).error()));
  }
  server_ = *std::move(server);
  if (const std::optional<Error>& refused = server_->unix_socket_refused()) {
    log::warning("no_control_socket", refused->what + ": commands on this machine need --url, or set CONTROL_SOCKET");
    const std::scoped_lock lock(mutex_);
    no_control_socket_ = refused->what + ": commands on this machine need --url";
  }
  if (!settings_.metrics_port) return {};
  Result<> started = start_for_metrics();
  if (!started) server_.reset();
  return started;
}

Result<> Listener::start_for_metrics() {
  std::vector<http::Route> routes = routes_;
  http::ServerOptions options;
  options.tcp = {{settings_.bind, *settings_.metrics_port}};
  options.hosts = settings_.hosts;
  options.io_threads = 1;
  options.workers = 1;
  std::erase_if(routes, [](const http::Route& route) { return route.path != "/metrics" && route.path != "/health"; });
  auto server = http::Server::start(std::move(options), http::Router(std::move(routes)));
  if (!server) return std::unexpected(naming_setting("METRICS_PORT", std::move(server).error()));
  metrics_server_ = *std::move(server);
  return {};
}

PartState Listener::state() const {
  const std::scoped_lock lock(mutex_);
  return ok(no_control_socket_);
}

std::string Listener::url() const {
  return format("http://{}:{}/", settings_.bind, port());
}

void Listener::stop(std::chrono::milliseconds patience) {
  if (server_) server_->stop(patience);
  if (metrics_server_) metrics_server_->stop(std::chrono::milliseconds(0));
}

}  // namespace dmw::app
