#include "app/listener.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "base/log.h"

namespace dmw::app {

Result<> Listener::start(const config::Http& settings, const std::vector<http::Route>& routes, Listening where) {
  std::error_code untold;  // a folder that cannot be made is told by the socket that cannot be bound
  std::filesystem::create_directories(settings.control_socket.parent_path(), untold);
  http::ServerOptions options;
  if (where == Listening::everywhere) options.tcp = {{settings.bind, settings.port}};
  options.hosts = settings.hosts;
  options.unix_socket = settings.control_socket;
  options.unix_socket_optional = where == Listening::everywhere;
  options.uploads_max = settings.uploads;
  options.observe = [this](const http::Served& served) { observer_(served); };
  server_ = TRY(http::Server::start(std::move(options), http::Router(routes)));
  if (const std::optional<Error>& refused = server_->unix_socket_refused())
    log::warning("no_control_socket", refused->what + ": commands on this machine need --url, or set CONTROL_SOCKET");
  return settings.metrics_port ? start_for_metrics(settings, routes) : Result<>();
}

Result<> Listener::start_for_metrics(const config::Http& settings, std::vector<http::Route> routes) {
  http::ServerOptions options;
  options.tcp = {{settings.bind, *settings.metrics_port}};
  options.hosts = settings.hosts;
  options.io_threads = 1;
  options.workers = 1;
  std::erase_if(routes, [](const http::Route& route) { return route.path != "/metrics" && route.path != "/health"; });
  metrics_server_ = TRY(http::Server::start(std::move(options), http::Router(std::move(routes))));
  return {};
}

void Listener::stop(std::chrono::milliseconds patience) {
  if (server_) server_->stop(patience);
  if (metrics_server_) metrics_server_->stop(std::chrono::milliseconds(0));
}

}  // namespace dmw::app
