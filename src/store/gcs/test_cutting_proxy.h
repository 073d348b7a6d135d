// A proxy before a server of this machine, which cuts a connection after so many bytes from the client.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace dmw::store::gcs {

class CuttingProxy {
 public:
  explicit CuttingProxy(std::uint16_t server) : server_(server), listener_(tcp_socket()) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    ASSERT(::bind(listener_.descriptor(), raw, size) == 0 && ::listen(listener_.descriptor(), 64) == 0);
    ASSERT(::getsockname(listener_.descriptor(), raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    accepting_ = std::jthread([this] { accept_all(); });
  }
  ~CuttingProxy() {
    ended_ = true;
    ::shutdown(listener_.descriptor(), SHUT_RDWR);
    accepting_.join();
  }

  std::string url() const { return format("http://127.0.0.1:{}", port_); }
  /// The connection that brings the last of the next `bytes` is closed on both sides, once; 0: none. They reach the
  /// server, their answer reaches nobody.
  void cut_after(std::int64_t bytes) {
    passed_ = 0;
    cut_at_ = bytes;
  }
  bool has_cut() const { return cut_at_ == 0; }
  /// Bytes from clients since cut_after().
  std::int64_t passed() const { return passed_; }

 private:
  static File tcp_socket() { return File(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void accept_all() {
    std::vector<std::jthread> connections;
    for (;;) {
      File client(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.is_open()) return;
      connections.emplace_back([this, from = std::move(client)] { forward(from); });
    }
  }
  void forward(const File& client) {
    const File server = tcp_socket();
    const sockaddr_in address = loopback(server_);
    if (::connect(server.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    pollfd sides[] = {{client.descriptor(), POLLIN, 0}, {server.descriptor(), POLLIN, 0}};
    constexpr int glance_milliseconds = 20;
    while (!ended_) {
      if (::poll(sides, 2, glance_milliseconds) < 0) return;
      if (sides[0].revents != 0 && !pass(client, server, true)) return;
      if (sides[1].revents != 0 && !pass(server, client, false)) return;
    }
  }
  /// False: the connection is over.
  bool pass(const File& from, const File& to, bool is_of_client) {
    char bytes[16'384];
    auto got = ::recv(from.descriptor(), bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    bool cuts = false;
    if (is_of_client) {
      const std::int64_t cut_at = cut_at_;
      const std::int64_t before = passed_.fetch_add(got);
      cuts = cut_at > 0 && before < cut_at && before + got >= cut_at;
      if (cuts) got = static_cast<ssize_t>(cut_at - before);
    }
    for (ssize_t sent = 0; sent < got;) {
      const auto now = ::send(to.descriptor(), bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += now;
    }
    if (cuts) cut_at_ = 0;
    return !cuts;
  }

  const std::uint16_t server_;
  File listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<std::int64_t> cut_at_ = 0;
  std::atomic<std::int64_t> passed_ = 0;
  std::jthread accepting_;
};

}  // namespace dmw::store::gcs
