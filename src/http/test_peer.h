// A peer made of bare sockets, for the tests of this room: it says exactly the bytes that a test gives it, lies
// included.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/result.h"

namespace dmw::http {

/// One end of a TCP connection. Reads give up after 10 s.
class TestSocket {
 public:
  explicit TestSocket(int descriptor) : file_(descriptor) {
    const timeval limit{10, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  static TestSocket connect(std::uint16_t port) {
    return connect(port, ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  static TestSocket connect(std::uint16_t port, int descriptor) {
    ASSERT(descriptor >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return TestSocket(descriptor);
  }

  void say(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(file_.descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// All that comes until `end` was seen or the other side closes.
  std::string hear_until(std::string_view end) {
    std::string heard;
    char piece[4096];
    while (end.empty() || heard.find(end) == heard.npos) {
      const auto got = ::recv(file_.descriptor(), piece, sizeof piece, 0);
      if (got <= 0) break;
      heard.append(piece, static_cast<std::size_t>(got));
    }
    return heard;
  }
  std::string hear_all() { return hear_until({}); }
  void close() { file_ = File(); }

 private:
  File file_;
};

/// Listens on a free loopback port and plays `script` on each connection, one after the other, until destroyed.
class TestPeer {
 public:
  explicit TestPeer(std::function<void(TestSocket&)> script) : script_(std::move(script)) {
    listener_ = File(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    ASSERT(::bind(listener_.descriptor(), raw, size) == 0);
    ASSERT(::listen(listener_.descriptor(), 16) == 0);
    ASSERT(::getsockname(listener_.descriptor(), raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { play(); });
  }
  ~TestPeer() {
    ::shutdown(listener_.descriptor(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void play() {
    for (;;) {
      const int descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) return;
      ++connections_;
      TestSocket socket(descriptor);
      script_(socket);
    }
  }

  std::function<void(TestSocket&)> script_;
  File listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace dmw::http
