// WaitDesk: the callers that wait until their study is published. A waiting caller uses no thread: one thread checks
// for all of them, with two queries per round.
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

/// Any thread. Must be destroyed after the server has stopped; callers that still wait then get 202.
class WaitDesk {
 public:
  struct Options {
    std::size_t waiters_max = 1'000;
    std::chrono::milliseconds interval{100};  ///< between two rounds without a hint, for changes by other replicas
    std::chrono::milliseconds gap{5};         ///< shortest time between two rounds
  };

  WaitDesk(db::Database& database, const Clock& clock, Options options);
  WaitDesk(db::Database& database, const Clock& clock) : WaitDesk(database, clock, Options()) {}
  ~WaitDesk();

  /// Answers 200 when every study of the request is published, 502 when the request has failed permanently, and 202
  /// after `patience`, or at once if too many callers are waiting.
  void wait(Acceptance acceptance, std::chrono::milliseconds patience, http::Responder responder);

  /// Call it when a request was finished or a study published. The next round then starts soon. Never blocks.
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
