// Wire: the socket of one client, and the time that the client has for its next step. Internal to this room; its
// headers with Asio and Beast in them are this one and those that include it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

namespace dmw::http {

// One concrete executor: the type-erased default costs a minute of compilation and half of the speed.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Part of its owner. On the io thread of its socket only.
class Wire {
 public:
  class Owner {
   public:
    /// The owner itself: it lives as long as an operation that holds it.
    virtual std::shared_ptr<void> hold() = 0;
    /// The wire has been closed: no step runs any more.
    virtual void closed() = 0;

   protected:
    ~Owner() = default;
  };
  /// What happens next. Runs while the owner lives and the wire is open.
  using Step = std::function<void()>;

  /// `write_timeout`: the time for the next kProgressBytes of an answer, or for what is left of it.
  Wire(Owner& owner, Socket socket, std::chrono::milliseconds write_timeout);

  /// For reads and waits, whose handlers hold() what they use and look at is_closed() first.
  Socket& socket() { return socket_; }
  bool is_closed() const { return closed_; }
  /// `part` of the owner, for a handler.
  template <typename Part>
  std::shared_ptr<Part> hold(Part* part) {
    return std::shared_ptr<Part>(owner_.hold(), part);
  }

  /// The client has `time`; then `late` runs, unless it was given new time before. Without `late` the wire is closed.
  void give(std::chrono::milliseconds time, Step late);
  void give(std::chrono::milliseconds time);
  void give_forever();

  /// Sends both, one behind the other, then runs `next`. A client that takes too little in its time, or is gone, is
  /// cut. One write at a time.
  void write(std::string first, std::string second, Step next);
  /// Sends what fits without a wait, and does not mind if it does not.
  void write_if_room(std::string_view text);
  /// Closes so that the client can still read what was sent: a close with unread bytes would reset the connection.
  void leave();
  /// At once. More than once is once.
  void close();

 private:
  void drain();

  Owner& owner_;
  Socket socket_;
  Timer timer_;
  const std::chrono::milliseconds write_timeout_;
  std::uint64_t term_ = 0;  // which time was given last
  bool closed_ = false;
  std::array<std::string, 2> out_;
  std::array<char, 4096> drained_;
};

}  // namespace dmw::http
