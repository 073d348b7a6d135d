// Connection: one client, on one I/O thread. In a loop it lets its reader read a request, the route answer it, and its
// writer send the answer. Internal to this room.
#pragma once

#include <memory>
#include <thread>
#include <unordered_set>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "http/answer_writer.h"
#include "http/exchange.h"
#include "http/request_reader.h"
#include "http/seats.h"
#include "http/shared.h"
#include "http/turn.h"
#include "http/wire.h"
#include "http/work_pool.h"

namespace dmw::http {

class Connection;

struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<Executor> work{context.get_executor()};
  std::unordered_set<std::shared_ptr<Connection>> open;  // touched on this thread only
  std::thread thread;
};

/// Runs on the thread of `io`; only the calls of its exchange come from other threads. It exists until its wire is
/// closed and the last operation has ended.
class Connection final : public std::enable_shared_from_this<Connection>,
                         private Exchange::Line,
                         private Wire::Owner,
                         private RequestReader::Taker,
                         private AnswerWriter::Asker {
 public:
  Connection(Shared& shared, IoThread& io, Socket socket, std::shared_ptr<Seats::Seat> seat);
  ~Connection() override;

  void start();
  /// Call it when the server stops: the connection closes after the current answer.
  void stop();
  void close() { wire_.close(); }

 private:
  void pass_answer(Answer answer) override;
  void pass_stream(Answer head) override;
  void pass_flush() override;
  void pass_want() override;

  std::shared_ptr<void> hold() override { return shared_from_this(); }
  void closed() override;

  bool begin() override { return seat_->begin(); }
  void take(Turn turn) override;
  void take_upload(Turn turn) override;
  void upload_read() override { watch_peer(); }
  void refuse(Turn turn, const Problem& problem) override;

  void answered(int status) override;

  template <typename Function>
  void on_io(Function function);
  void await_request();
  void begin_exchange(Turn turn);
  void submit(WorkPool& pool, WorkPool::Job job);
  void watch_peer();
  void end_upload();

  Shared& shared_;
  IoThread& io_;
  std::shared_ptr<Seats::Seat> seat_;  // until it is closed
  Turn turn_;                          // of the request that is being answered
  std::shared_ptr<Exchange> exchange_;
  bool watching_ = false;
  Wire wire_;
  RequestReader reader_;
  AnswerWriter writer_;
};

}  // namespace dmw::http
