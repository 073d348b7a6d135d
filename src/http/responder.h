// Responder and Stream: the two ends that a route function holds of an exchange with a client.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/answer.h"
#include "http/problem.h"

namespace dmw::http {

class Exchange;

/// A body without an end, for server-sent events. Any thread; move only; closed when dropped.
class Stream {
 public:
  explicit Stream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream() { close(); }

  /// False when the stream is over (the client went, the server stops) or the client is further behind than the
  /// server's limit; nothing of `piece` is sent then. Never blocks.
  bool write(std::string piece);
  bool open() const;
  /// Sends what was written, then the end.
  void close();

 private:
  std::shared_ptr<Exchange> exchange_;
};

/// Answers one request, once, from any thread, now or later. Move only. Dropping one unanswered answers 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  void send(Answer answer);
  void send(const Problem& problem);
  /// As Problem::of(error); what becomes a 500 is logged in full.
  void send(const Error& error);
  void send(Result<Answer> answer);
  /// Begins an endless body. Content-Type belongs into `headers`.
  Stream stream(int status, Headers headers);

  /// The client has closed its side: nobody waits for the answer.
  bool gone() const;
  /// For an answer that waits for something: `ended` is called at most once, from a thread of the server, when the
  /// client goes away or the server stops before it was answered. It must not block. A stopping server answers 503
  /// itself after it.
  void wait(std::function<void()> ended);

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace dmw::http
