// A server to test, and what its routes and its test tell each other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/json.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"

namespace dmw::http {

inline constexpr std::chrono::seconds kPatience{10};

/// Values that another thread puts in and the test waits for.
template <typename T>
class Mailbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  T get() {
    std::unique_lock lock(mutex_);
    ASSERT(changed_.wait_for(lock, kPatience, [&] { return !values_.empty(); }));
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

inline Answer plain(std::string text) {
  return Answer::text(200, "text/plain", std::move(text));
}

inline Route route(std::string method, std::string path, RouteFunction function) {
  return Route{
      .method = std::move(method), .path = std::move(path), .scope = Scope::open, .function = std::move(function)};
}

inline Route hello() {
  return route("GET", "/hello", [](const Request&, Responder responder) { responder.send(plain("hello")); });
}

/// The text of a request.
inline std::string get(std::string_view path, std::string_view more = {}) {
  return format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, more);
}

inline json::object problem_of(const Response& response) {
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  auto parsed = json::parse(response.body);
  EXPECT_TRUE(parsed);
  return parsed ? parsed->as_object() : json::object{};
}

struct Serving {
  explicit Serving(std::vector<Route> routes, ServerOptions options = {})
      : Serving(Router(std::move(routes)), std::move(options)) {}
  explicit Serving(Router router, ServerOptions options = {}) {
    options.tcp = {{"127.0.0.1", 0}};
    auto started = Server::start(std::move(options), std::move(router));
    ASSERT(started);
    server = std::move(*started);
  }
  std::uint16_t port() const { return server->ports().at(0); }
  std::string url() const { return format("http://127.0.0.1:{}", port()); }
  Client client() const { return Client(ClientOptions{.base_url = url()}); }
  /// Says `text` on a connection of its own and hears all until the server closes.
  std::string raw(std::string_view text) const {
    auto socket = TestSocket::connect(port());
    socket.say(text);
    return socket.hear_all();
  }
  std::unique_ptr<Server> server;
};

}  // namespace dmw::http
