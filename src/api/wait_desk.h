// WaitDesk: callers who asked for a study and wait until it is published. They hold no thread: one thread looks for all
// of them together, with two queries a round however many they are.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/acceptance.h"
#include "base/clock.h"
#include "catalog/requests.h"
#include "http/responder.h"

namespace dmw::api {

/// Any thread. Destroyed after the server has stopped; who still waits then is answered 202.
class WaitDesk {
 public:
  struct Options {
    std::size_t waiters_max = 1'000;
    std::chrono::milliseconds interval{100};  ///< between rounds without a nudge, for what other replicas do
    std::chrono::milliseconds gap{5};         ///< between rounds, however many nudges
  };

  WaitDesk(db::Database& database, const Clock& clock, Options options);
  WaitDesk(db::Database& database, const Clock& clock) : WaitDesk(database, clock, Options()) {}
  ~WaitDesk();

  /// Answers 200 once every study of the request is published, 502 when it failed for good, 202 after `patience` and at
  /// once when too many wait already.
  void wait(Acceptance acceptance, std::chrono::milliseconds patience, http::Responder responder);

  /// Something was finished or published: look soon. Never blocks.
  void on_progress();

  std::size_t waiting() const;

 private:
  struct Waiter {
    Acceptance acceptance;
    Monotonic until;
    std::shared_ptr<std::atomic<bool>> gone;
    http::Responder responder;
  };
  using Waiters = std::vector<Waiter>;

  void run();
  void look();
  void dismiss(bool everybody);
  Waiters take(const std::string& request_id);

  catalog::Requests requests_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Waiters> waiters_;  // by request id
  std::size_t waiting_ = 0;
  Monotonic due_ = Monotonic::max();
  Monotonic looked_at_{};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
