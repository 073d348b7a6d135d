// Connection: one client, on one io thread. Reads a request, has it answered, writes the answer, and again.
// Internal to this room: the only header that includes Asio and Beast.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/body_pipe.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/seats.h"
#include "http/server.h"
#include "http/work_pool.h"

namespace dmw::http {

// One concrete executor: the type-erased default costs a minute of compilation and half of the speed.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Connection;

struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<Executor> work{context.get_executor()};
  std::unordered_set<std::shared_ptr<Connection>> open;  // touched on this thread only
  std::thread thread;
};

/// What every connection of a server shares. The pools are pointers, because they end before the io threads do.
struct Shared {
  ServerOptions options;
  Router router;
  Seats seats;
  Seats control_seats;  // of the Unix domain socket: whoever fills the others, does not keep its owner out
  std::shared_ptr<AnswerBudget> answers;
  std::atomic<bool> stopping = false;
  std::unique_ptr<WorkPool> pool;
  std::unique_ptr<WorkPool> prompt;
  std::unique_ptr<WorkPool> uploads;
  std::atomic<std::chrono::steady_clock::time_point> strangers_told{};  // when a refusal by the guard was logged
};

/// A client that brings less of a body, or takes less of an answer, in a body_timeout holds its seat for nothing.
inline constexpr std::size_t kProgressBytes = 64 << 10;
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Connection final : public Exchange::Line, public std::enable_shared_from_this<Connection> {
 public:
  /// All but the passing on below happens on `io`'s thread.
  Connection(Shared& shared, IoThread& io, Socket socket, std::shared_ptr<Seats::Seat> seat);
  ~Connection() override;

  void start();
  /// The server stops: leave at the next good moment.
  void stop();
  void close();

  void pass_answer(Answer answer) override;
  void pass_stream(Answer head) override;
  void pass_flush() override;
  void pass_want() override;

 private:
  using Step = void (Connection::*)();
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using UploadParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  enum class State { idle, reading, answering, streaming, leaving };

  template <typename Function>
  void on_io(Function function);
  void give(std::chrono::milliseconds time, Step late = &Connection::close);
  void give_forever();
  void write(std::string first, std::string second, Step next);

  void await_request();
  void read_head();
  void on_head();
  void refuse_unreadable(boost::system::error_code error);
  void tell_of_stranger(const Problem& problem);
  void read_body();
  void dispatch();
  void begin_exchange();
  void submit(WorkPool& pool, WorkPool::Job job);
  void refuse(const Problem& problem);
  void watch_peer();

  // In upload.cc: a body that is read as fast as its route takes it.
  void begin_upload();
  void read_upload();
  void on_upload(boost::system::error_code error, std::size_t got);
  void upload_too_slow();
  void upload_failed(Error why);
  /// Its answer is there. What of the body has not been read by now is not read as one.
  void end_upload();

  void answer(Answer given);
  void send(Answer given, std::string first_piece);
  void send_piece(std::string head, std::string piece);
  void pull();
  void on_piece(Result<std::string> piece);
  void begin_stream(const Answer& head);
  void flush();
  void write_stream();
  void finish();
  void leave();
  void drain();

  Shared& shared_;
  IoThread& io_;
  Socket socket_;
  std::shared_ptr<Seats::Seat> seat_;  // until it is closed
  Timer timer_;
  std::uint64_t term_ = 0;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  State state_ = State::idle;
  bool closed_ = false;
  bool watching_ = false;
  bool first_ = true;

  std::string peer_;
  std::string local_address_;
  std::shared_ptr<Request> request_;
  const Route* route_ = nullptr;
  std::shared_ptr<Exchange> exchange_;
  std::chrono::steady_clock::time_point began_;

  std::optional<UploadParser> upload_parser_;
  std::shared_ptr<BodyPipe> upload_;  // until it is answered
  bool expects_continue_ = false;
  bool reading_upload_ = false;
  std::size_t window_left_ = 0;  // bytes of the upload that must come before the timer ends; 0: it is not set

  std::size_t body_due_ = 0;  // bytes of a body that must be there before the timer ends
  bool keep_alive_ = false;
  bool chunked_ = false;
  bool writing_ = false;
  int status_ = 0;
  std::optional<Answer> pulled_;  // an answer whose body is pulled, its head not yet sent
  std::move_only_function<Result<std::string>()> next_piece_;
  std::optional<std::uint64_t> unsent_bytes_ = 0;  // of the body; unknown of one that ends where its pieces end
  AnswerBudget::Share held_;                       // of the answer that is being sent
  std::array<std::string, 2> out_;
  std::array<char, 4096> drained_;
};

template <typename Function>
void Connection::on_io(Function function) {
  // Nothing when the last owner is letting go on another thread.
  if (auto self = weak_from_this().lock()) {
    boost::asio::post(io_.context, [self, function = std::move(function)]() mutable {
      if (!self->closed_) function(*self);
    });
  }
}

}  // namespace dmw::http
