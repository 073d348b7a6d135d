// Server: HTTP/1.1 on TCP addresses and on a Unix domain socket. Io threads move bytes and never block; route functions
// run on a bounded pool.
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
  std::uint16_t port = 0;  ///< 0: any free one
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
  /// Under which requests are answered, beside loopback and the addresses: see Guard.
  std::vector<std::string> hosts{};
  std::string unix_socket{};  ///< a path; empty: none
  /// Without it the server listens all the same, where the folder or the file system of the socket refuses it.
  bool unix_socket_optional = false;
  std::size_t io_threads = 2;
  std::size_t workers = 100;       ///< made as they are needed; most of them wait for a disk or a database
  std::size_t prompt_workers = 2;  ///< for the routes that are prompt
  std::size_t queue_max = 1'024;   ///< requests that wait for a worker; over it 503
  std::size_t uploads_max = 100;   ///< at once, beside `workers`; over it 503
  /// Over TCP. When all are taken, one that waits for a request gives way to a new one; when none does, 503.
  std::size_t connections_max = 1'000;
  std::size_t connections_of_one_max = 900;       ///< from one address (IPv6: one /64)
  std::size_t control_connections_max = 32;       ///< by the Unix domain socket, beside the others
  std::uint64_t answers_limit_bytes = 256 << 20;  ///< what all answers take in memory until their clients have them
  std::chrono::milliseconds answers_patience{10'000};  ///< so long a large answer waits for room there; then 503
  std::size_t header_limit_bytes = 16 << 10;
  std::size_t stream_limit_bytes = 1 << 20;          ///< unsent bytes of one Stream
  std::chrono::milliseconds header_timeout{10'000};  ///< for a whole request head
  /// In such a time 64 KiB of a body must come, and of an answer go, or what is left of it.
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< between requests
  std::function<void(const Served&)> observe{};    ///< from io threads: must not block
};

class Server {
 public:
  /// Listens when it returns. Errors: invalid, conflict (an address), internal.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  /// As stop without a wait.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Why there is no Unix domain socket, where it was optional; nothing when there is one, or none was wanted.
  const std::optional<Error>& unix_socket_refused() const;

  /// The port of each TCP address, in the order of the options.
  const std::vector<std::uint16_t>& ports() const;

  /// Takes no more connections, ends answers that wait (Responder::wait) with 503, streams with their end and the
  /// bodies of uploads with an error, lets requests that run finish until `patience` is over, then cuts what is left
  /// and waits for the route functions: what they wait for has to end by itself.
  void stop(std::chrono::milliseconds patience);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dmw::http
