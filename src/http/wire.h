// Wire: the socket of one client, and the timeout for the client's next step. Internal to this room. Only this header
// and those that include it contain Asio and Beast.
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

// A concrete executor, because the type-erased default costs a minute of compile time and half of the speed.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A member of its owner. Used only on the I/O thread of its socket.
class Wire {
 public:
  class Owner {
   public:
    /// A shared pointer to the owner, so that it exists as long as an operation needs it.
    virtual std::shared_ptr<void> hold() = 0;
    /// Called when the wire was closed; no step runs afterwards.
    virtual void closed() = 0;

   protected:
    ~Owner() = default;
  };
  /// The next step. It runs only while the owner exists and the wire is open.
  using Step = std::function<void()>;

  /// `write_timeout`: the time for the next kProgressBytes of an answer, or for the rest of it.
  Wire(Owner& owner, Socket socket, std::chrono::milliseconds write_timeout);

  /// For reads and waits. Their handlers must hold() the objects that they use, and check is_closed() first.
  Socket& socket() { return socket_; }
  bool is_closed() const { return closed_; }
  /// `part` of the owner, for a handler.
  template <typename Part>
  std::shared_ptr<Part> hold(Part* part) {
    return std::shared_ptr<Part>(owner_.hold(), part);
  }

  /// Starts a timeout for the client. After `time` `late` runs, unless a new timeout was started before. If `late` is
  /// empty, the wire is closed.
  void give(std::chrono::milliseconds time, Step late);
  void give(std::chrono::milliseconds time);
  void give_forever();

  /// Sends `first` and `second`, then runs `next`. If the client reads too slowly or has disconnected, the wire is
  /// closed. One write at a time.
  void write(std::string first, std::string second, Step next);
  /// Sends as much as possible without waiting; the rest is dropped.
  void write_if_room(std::string_view text);
  /// Closes gracefully, so that the client can still read the answer. A plain close with unread input would reset the
  /// connection.
  void leave();
  /// Closes at once. Further calls do nothing.
  void close();

 private:
  void drain();

  Owner& owner_;
  Socket socket_;
  Timer timer_;
  const std::chrono::milliseconds write_timeout_;
  std::uint64_t term_ = 0;  // number of the current timeout
  bool closed_ = false;
  std::array<std::string, 2> out_;
  std::array<char, 4096> drained_;
};

}  // namespace dmw::http
