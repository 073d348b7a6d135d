#include "http/responder.h"

#include "base/log.h"
#include "http/exchange.h"

namespace dmw::http {

Stream& Stream::operator=(Stream&& other) noexcept {
  close();
  exchange_ = std::move(other.exchange_);
  return *this;
}

bool Stream::write(std::string piece) {
  return exchange_ && exchange_->push(std::move(piece));
}
bool Stream::open() const {
  return exchange_ && exchange_->stream_open();
}

void Stream::close() {
  if (exchange_) exchange_->end_stream();
}

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(exchange_, other.exchange_);
  return *this;
}

Responder::~Responder() {
  if (!exchange_ || exchange_->answered()) return;
  log::error("request_unanswered", "no answer was produced", {{"correlation_id", exchange_->correlation().text()}});
  send(Problem::of(Error{}));
}

void Responder::send(Answer answer) {
  exchange_->answer(std::move(answer));
}

void Responder::send(const Problem& problem) {
  exchange_->answer(answer_of(problem, exchange_->correlation()));
}

void Responder::send(const Error& error) {
  const Problem problem = Problem::of(error);
  if (problem.status == 500) {
    log::error("request_failed", error.message(), {{"correlation_id", exchange_->correlation().text()}});
  }
  send(problem);
}

void Responder::send(Result<Answer> answer) {
  if (answer) {
    send(std::move(*answer));
  } else {
    send(answer.error());
  }
}

Stream Responder::stream(int status, Headers headers) {
  Answer head;
  head.status = status;
  head.headers = std::move(headers);
  exchange_->begin_stream(std::move(head));
  return Stream(exchange_);
}

bool Responder::gone() const {
  return exchange_->gone();
}
void Responder::wait(std::function<void()> ended) {
  exchange_->wait(std::move(ended));
}

}  // namespace dmw::http
