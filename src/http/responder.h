// Responder and Stream: with these a route function answers a request.
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

  /// Returns false, and sends nothing, if the stream has ended (the client disconnected, the server stops) or the
  /// unsent bytes exceed the server's limit. Never blocks.
  bool write(std::string piece);
  bool open() const;
  /// Sends the rest of the written bytes, then the end.
  void close();

 private:
  std::shared_ptr<Exchange> exchange_;
};

/// Answers one request, once, from any thread, now or later. Move only. If it is destroyed without an answer, the
/// answer is 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  void send(Answer answer);
  void send(const Problem& problem);
  /// Sends Problem::of(error); an error that becomes a 500 is logged completely.
  void send(const Error& error);
  void send(Result<Answer> answer);
  /// Begins an endless body. `headers` must have a Content-Type.
  Stream stream(int status, Headers headers);

  /// Whether the client has disconnected, so that the answer is not needed any more.
  bool gone() const;
  /// For an answer that comes later. `ended` is called at most once, from a thread of the server, if the client
  /// disconnects or the server stops before the answer. It must not block. A stopping server then answers 503 itself.
  void wait(std::function<void()> ended);

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace dmw::http
