// TokenKeeper: the access token of a bucket's clients. One thread fetches it, before the one in use ends; all uploads
// share it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/private.h"
#include "base/result.h"
#include "lane/backoff.h"
#include "store/bucket/attempts.h"

namespace dmw::store::bucket {

struct Token {
  Private<std::string> text;
  std::chrono::seconds lasts{};  // counted from the request for it
};

/// Asks the authority for a new token. May block for as long as its own limits say.
using TokenSource = std::function<Result<Token>()>;

/// Any thread.
class TokenKeeper {
 public:
  /// The first token is fetched when somebody asks for one.
  TokenKeeper(TokenSource source, const Clock& clock);
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;
  /// Waits for a fetch that is under way.
  ~TokenKeeper();

  /// A token that has not ended. If there is none, waits for the next fetch and returns its error if it fails. Between
  /// two fetches of which the last one failed, returns that error at once.
  Result<Private<std::string>> get();
  /// The server refused this token: it is not given out again, and another is fetched.
  void reject(const Private<std::string>& refused);

 private:
  struct Held {
    Private<std::string> text;
    Monotonic renew_at;
    Monotonic ends_at;
  };

  void run(const std::stop_token& stop);
  /// When the next fetch is due; nothing: when somebody asks.
  std::optional<Monotonic> due() const;
  bool has_token() const;
  void take(Result<Token> fetched, Monotonic asked_at);

  const TokenSource source_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows but the thread
  std::condition_variable changed_;
  std::optional<Held> held_;
  bool wanted_ = false;
  std::int64_t fetches_ = 0;
  std::optional<Error> error_;  // of the last fetch
  Monotonic not_before_{};      // of the next one, after a failure
  lane::Backoff backoff_;
  std::jthread thread_;
};

}  // namespace dmw::store::bucket
