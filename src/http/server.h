// Server: HTTP/1.1 on TCP addresses and on a Unix domain socket. I/O threads transfer bytes and never block; route
// functions run on a pool of bounded size.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/router.h"

namespace dmw::http {

struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;  ///< 0: any free port
};

/// One finished exchange, for metrics. `route` is the template, or "unmatched"; `method` "OTHER" for an unknown one.
struct Served {
  std::string_view method;
  std::string_view route;
  int status = 0;
  double seconds = 0;  ///< from the end of the request's head to the last byte of the answer
};

struct ServerOptions {
  std::vector<TcpAddress> tcp{};
  /// Further hosts under which requests are answered, in addition to loopback and the addresses: see Guard.
  std::vector<std::string> hosts{};
  std::string unix_socket{};  ///< a path; empty: none
  /// If the socket cannot be created because of its folder or file system, the server starts without it.
  bool unix_socket_optional = false;
  std::size_t io_threads = 2;
  std::size_t workers = 100;       ///< created on demand; most of them wait for a disk or a database
  std::size_t prompt_workers = 2;  ///< for prompt routes
  std::size_t queue_max = 1'024;   ///< requests that wait for a worker; further ones get 503
  std::size_t uploads_max = 100;   ///< uploads at the same time, in addition to `workers`; further ones get 503
  /// Over TCP. If all are taken, a connection that waits for a request is closed for a new one; if there is none, the
  /// new one gets 503.
  std::size_t connections_max = 1'000;
  std::size_t connections_of_one_max = 900;            ///< from one address (IPv6: one /64)
  std::size_t control_connections_max = 32;            ///< over the Unix domain socket, in addition to the others
  std::uint64_t answers_limit_bytes = 256 << 20;       ///< memory of all answers until their clients have received them
  std::chrono::milliseconds answers_patience{10'000};  ///< time that a large answer waits for memory; then 503
  std::size_t header_limit_bytes = 16 << 10;
  std::size_t stream_limit_bytes = 1 << 20;          ///< unsent bytes of one Stream
  std::chrono::milliseconds header_timeout{10'000};  ///< for a whole request head
  /// Within this time 64 KiB of a body must arrive, and 64 KiB of an answer must be sent, or the rest of it.
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< between requests
  std::function<void(const Served&)> observe{};    ///< from io threads: must not block
};

class Server {
 public:
  /// Starts a server; on success it is listening. Errors: invalid, conflict (an address is in use), internal.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  /// As stop() without patience.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Why there is no Unix domain socket although one was configured as optional; otherwise nullopt.
  const std::optional<Error>& unix_socket_refused() const;

  /// The port of each TCP address, in the order of the options.
  const std::vector<std::uint16_t>& ports() const;

  /// Stops the server: accepts no more connections, ends waiting answers (Responder::wait) with 503, ends streams, and
  /// ends the bodies of uploads with an error. Running requests may finish within `patience`; then their connections
  /// are closed. Finally waits for the route functions to return.
  void stop(std::chrono::milliseconds patience);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::http
