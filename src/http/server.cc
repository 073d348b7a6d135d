#include "http/server.h"

#include <algorithm>
#include <array>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/listening.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/head.h"
#include "http/shared.h"
#include "http/wire.h"

namespace dmw::http {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

using Acceptor = net::basic_socket_acceptor<net::generic::stream_protocol, Executor>;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::hours kUntilClosed{24};

/// Best effort: the answer fits into the empty send buffer of a new connection.
void turn_away(Socket& socket) {
  const Uuid correlation = Uuid::random();
  const std::string body = Problem::of(503, "too many connections").body(correlation, SystemClock().now());
  const std::string head = head_of(503, {{"Content-Type", "application/problem+json"}, {"Retry-After", "5"}},
                                   correlation, {.length = body.size(), .close = true});
  const std::string message = head + body;
  (void)::send(socket.native_handle(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

struct Server::State {
  struct Door {
    Door(IoThread& io, File socket, int family)
        : acceptor(io.context.get_executor()), pause(io.context.get_executor()), tcp(family != AF_UNIX) {
      acceptor.assign(net::generic::stream_protocol(family, 0), ::dup(socket.descriptor()));
    }
    Acceptor acceptor;
    Timer pause;
    bool tcp;
  };

  Shared shared;
  std::vector<std::unique_ptr<IoThread>> io;
  std::vector<std::unique_ptr<Door>> doors;
  std::vector<std::uint16_t> ports;
  std::optional<Error> unix_socket_refused;
  std::size_t next_io = 0;
  bool stopped = false;

  State(const ServerOptions& options, Router router) : shared(options, std::move(router)) {}

  Result<> open_doors() {
    for (const auto& [host, port] : shared.options.tcp) {
      File socket = TRY(listen_tcp(host, port));
      ports.push_back(port_of(socket.descriptor()));
      doors.push_back(std::make_unique<Door>(*io[0], std::move(socket), AF_INET));
    }
    if (!shared.options.unix_socket.empty()) {
      Result<File> socket = listen_unix(shared.options.unix_socket);
      // The socket is in use by another server, which is always fatal, unlike a folder that refuses it.
      const bool fatal = !shared.options.unix_socket_optional || (!socket && socket.error().code == Errc::conflict);
      if (!socket && fatal) return std::unexpected(socket.error());
      if (socket)
        doors.push_back(std::make_unique<Door>(*io[0], *std::move(socket), AF_UNIX));
      else
        unix_socket_refused = socket.error();
    }
    return {};
  }

  void accept(Door& door) {
    IoThread& to = *io[next_io++ % io.size()];
    door.acceptor.async_accept(to.context.get_executor(), [this, &door, &to](error_code error, Socket socket) {
      if (!door.acceptor.is_open()) return;
      if (error) return pause(door, error);
      welcome(door, to, std::move(socket));
      accept(door);
    });
  }

  /// Usually out of descriptors: retrying at once would only waste processor time.
  void pause(Door& door, error_code error) {
    if (error == net::error::connection_aborted) return accept(door);
    log::warning("accept_failed", error.message());
    door.pause.expires_after(kAcceptPause);
    door.pause.async_wait([this, &door](error_code cancelled) {
      if (!cancelled && door.acceptor.is_open()) accept(door);
    });
  }

  void welcome(const Door& door, IoThread& to, Socket socket) {
    const Seats::Owner owner = Seats::owner_of(door.tcp ? remote_address_of(socket.native_handle()) : "");
    std::shared_ptr<Seats::Seat> seat = (door.tcp ? shared.seats : shared.control_seats).enter(owner);
    if (!seat) return turn_away(socket);
    if (door.tcp) {
      const int on = 1;
      ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    auto connection = std::make_shared<Connection>(shared, to, std::move(socket), std::move(seat));
    net::post(to.context, [connection] { connection->start(); });
  }

  void on_every_connection(void (Connection::*act)()) {
    for (auto& each : io) {
      net::post(each->context, [&open = each->open, act] {
        for (const auto& connection : std::vector(open.begin(), open.end())) ((*connection).*act)();
      });
    }
  }

  void stop(std::chrono::milliseconds patience) {
    if (stopped) return;
    stopped = true;
    shared.stopping = true;
    net::post(io[0]->context, [this] {
      for (auto& door : doors) {
        error_code ignored;
        door->acceptor.close(ignored);
        door->pause.cancel();
      }
    });
    if (!shared.options.unix_socket.empty() && !unix_socket_refused) ::unlink(shared.options.unix_socket.c_str());
    on_every_connection(&Connection::stop);
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto all_gone_by = [&](std::chrono::steady_clock::time_point time) {
      return std::ranges::all_of(std::array{&shared.seats, &shared.control_seats},
                                 [&](Seats* seats) { return seats->wait_for_none(time); });
    };
    if (!all_gone_by(until)) {
      on_every_connection(&Connection::close);
      all_gone_by(std::chrono::steady_clock::now() + kUntilClosed);
    }
    shared.pool.reset();
    shared.prompt.reset();
    shared.uploads.reset();
    for (auto& each : io) each->work.reset();
    for (auto& each : io) {
      if (each->thread.joinable()) each->thread.join();
    }
  }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

const std::optional<Error>& Server::unix_socket_refused() const {
  return state_->unix_socket_refused;
}

const std::vector<std::uint16_t>& Server::ports() const {
  return state_->ports;
}

void Server::stop(std::chrono::milliseconds patience) {
  state_->stop(patience);
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  ASSERT(options.io_threads > 0 && options.workers > 0 && options.prompt_workers > 0);
  std::vector<std::string> bound;
  for (const TcpAddress& each : options.tcp) bound.push_back(each.host);
  router.guard(Guard(bound, options.hosts));
  auto state = std::make_unique<State>(options, std::move(router));
  for (std::size_t i = 0; i < state->shared.options.io_threads; ++i) state->io.push_back(std::make_unique<IoThread>());
  TRY(state->open_doors());
  state->shared.pool = std::make_unique<WorkPool>(state->shared.options.workers, state->shared.options.queue_max);
  state->shared.prompt =
      std::make_unique<WorkPool>(state->shared.options.prompt_workers, state->shared.options.queue_max);
  state->shared.uploads = std::make_unique<WorkPool>(state->shared.options.uploads_max, 0);
  for (auto& door : state->doors) state->accept(*door);
  for (auto& each : state->io) {
    each->thread = std::thread([&context = each->context] { context.run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

}  // namespace dmw::http
