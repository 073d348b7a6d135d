#include "http/exchange.h"

#include "base/clock.h"

namespace dmw::http {

bool Exchange::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

bool Exchange::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

/// Reserves the memory of the answer until the client has received it: the whole text, or one piece of a body in
/// pieces.
Result<> Exchange::hold(Answer& answer) const {
  const auto* const text = std::get_if<std::string>(&answer.body);
  const std::uint64_t size = text != nullptr ? text->capacity() : std::get<PulledBody>(answer.body).piece_bytes();
  const std::uint64_t counted = size > kUncountedBytes ? size : 0;
  answer.held.shrink(counted);
  if (answer.held.bytes() < counted) answer.held.join(TRY(answers_->take(counted - answer.held.bytes())));
  return {};
}

void Exchange::answer(Answer answer) {
  if (const Result<> held = hold(answer); !held) answer = answer_of(Problem::of(held.error()), correlation_);
  std::function<void()> unused;  // its captures are released outside the lock
  const std::lock_guard lock(mutex_);
  if (answered_) return;
  answered_ = true;
  unused.swap(ended_);
  if (line_ != nullptr) line_->pass_answer(std::move(answer));
}

void Exchange::begin_stream(Answer head) {
  const std::lock_guard lock(mutex_);
  if (answered_) return;
  answered_ = true;
  stream_open_ = line_ != nullptr && !stopping_ && !gone_;
  if (line_ != nullptr) line_->pass_stream(std::move(head));
}

void Exchange::wait(std::function<void()> ended) {
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    waiting_ = true;
    ended_ = std::move(ended);
    over = gone_ || stopping_;
  }
  if (over) end_wait();
}

bool Exchange::push(std::string piece) {
  const std::lock_guard lock(mutex_);
  if (!stream_open_ || stream_bytes_.size() + piece.size() > stream_limit_bytes_) return false;
  if (piece.empty()) return true;
  if (stream_bytes_.size() + piece.size() > kUncountedBytes) {
    auto room = answers_->take_now(piece.size());
    if (!room) return false;
    stream_held_.join(std::move(*room));
  }
  const bool first = stream_bytes_.empty();
  stream_bytes_ += piece;
  if (first && line_ != nullptr) line_->pass_flush();
  return true;
}

bool Exchange::stream_open() const {
  const std::lock_guard lock(mutex_);
  return stream_open_;
}

void Exchange::end_stream() {
  const std::lock_guard lock(mutex_);
  if (!stream_open_) return;
  stream_open_ = false;
  if (line_ != nullptr) line_->pass_flush();
}

void Exchange::want_body() {
  const std::lock_guard lock(mutex_);
  if (line_ != nullptr) line_->pass_want();
}

void Exchange::lose_peer() {
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    stream_open_ = false;
  }
  end_wait();
}

void Exchange::stop() {
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waits = waiting_;
  }
  end_stream();
  if (waits) end_wait();
}

void Exchange::end_wait() {
  std::function<void()> ended;
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
    stopped = stopping_;
  }
  if (ended) ended();
  if (stopped) answer(answer_of(Problem::of(503, "the server is stopping"), correlation_));
}

void Exchange::detach() {
  const std::lock_guard lock(mutex_);
  line_ = nullptr;
  stream_open_ = false;
}

Exchange::Pending Exchange::take() {
  const std::lock_guard lock(mutex_);
  Pending pending{std::move(stream_bytes_), !stream_open_, std::move(stream_held_)};
  stream_bytes_.clear();
  return pending;
}

Answer answer_of(const Problem& problem, const Uuid& correlation) {
  Answer answer =
      Answer::text(problem.status, "application/problem+json", problem.body(correlation, SystemClock().now()));
  for (const auto& [name, value] : problem.headers) answer.headers.add(name, value);
  return answer;
}

}  // namespace dmw::http
