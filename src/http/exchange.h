// Exchange: one request and its answer, between the connection (an I/O thread) and the thread that answers. Internal to
// this room.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/uuid.h"
#include "http/answer.h"
#include "http/problem.h"

namespace dmw::http {

class Exchange {
 public:
  /// The side of the connection: each call only posts to its I/O thread.
  class Line {
   public:
    virtual ~Line() = default;
    virtual void pass_answer(Answer answer) = 0;
    virtual void pass_stream(Answer head) = 0;
    virtual void pass_flush() = 0;
    virtual void pass_want() = 0;
  };

  Exchange(Line& line, Uuid correlation, std::size_t stream_limit_bytes, std::shared_ptr<AnswerBudget> answers)
      : line_(&line),
        correlation_(std::move(correlation)),
        stream_limit_bytes_(stream_limit_bytes),
        answers_(std::move(answers)) {}

  const Uuid& correlation() const { return correlation_; }

  // For who answers.
  bool answered() const;
  bool gone() const;
  /// Answers the request; only the first answer counts. A large answer waits for free memory in the budget, or becomes
  /// a 503.
  void answer(Answer answer);
  void begin_stream(Answer head);
  void wait(std::function<void()> ended);
  bool push(std::string piece);
  bool stream_open() const;
  void end_stream();
  /// The route waits for the body of its upload.
  void want_body();

  // For the connection.
  void lose_peer();
  void stop();
  /// Disconnects from the connection. Later answers are dropped.
  void detach();
  struct Pending {
    std::string bytes;
    bool ended = false;
    AnswerBudget::Share held{};
  };
  Pending take();

 private:
  void end_wait();
  Result<> hold(Answer& answer) const;

  mutable std::mutex mutex_;
  Line* line_;
  const Uuid correlation_;
  const std::size_t stream_limit_bytes_;
  const std::shared_ptr<AnswerBudget> answers_;
  bool answered_ = false;
  bool gone_ = false;
  bool stopping_ = false;
  bool waiting_ = false;
  std::function<void()> ended_;
  bool stream_open_ = false;
  std::string stream_bytes_;
  AnswerBudget::Share stream_held_;
};

/// A problem as an answer, with the current time.
Answer answer_of(const Problem& problem, const Uuid& correlation);

}  // namespace dmw::http
