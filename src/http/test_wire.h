// One end of a socket as a Wire, for the tests of the two sides of a connection; the test has the other end.
#pragma once

#include <array>
#include <chrono>
#include <memory>

#include <boost/asio/executor_work_guard.hpp>
#include <sys/socket.h>

#include "http/test_peer.h"
#include "http/wire.h"

namespace dmw::http {

struct TestWire final : Wire::Owner, std::enable_shared_from_this<TestWire> {
  static std::shared_ptr<TestWire> make() {
    std::array<int, 2> ends{};
    ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return std::make_shared<TestWire>(ends);
  }
  explicit TestWire(std::array<int, 2> ends)
      : peer(ends[1]),
        wire(*this, Socket(context, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]),
             std::chrono::seconds(10)) {}

  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void closed() override {}

  /// Runs what is to be done until `there()`; false when nothing comes for 10 s.
  template <typename Condition>
  bool run_until(Condition there) {
    while (!there()) {
      if (context.run_one_for(std::chrono::seconds(10)) == 0) return false;
    }
    return true;
  }

  /// Runs the handlers that are left: they hold this object.
  void finish() {
    wire.close();
    work.reset();
    context.run_for(std::chrono::seconds(10));
  }

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<Executor> work{context.get_executor()};  // what other threads post is waited for
  TestSocket peer;
  Wire wire;
};

}  // namespace dmw::http
