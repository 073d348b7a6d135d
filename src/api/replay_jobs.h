// ReplayJobs: replays of many dead letters, one after the other, on a thread of their own. A job has the numbers that
// it was made with and no others; it goes on when its caller is gone, and waits while an inbox is full or a store away.
// A dead letter that alone cannot be replayed for now is tried again later, while the others of its job and those of
// other jobs go on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "catalog/dead_letters.h"
#include "ingest/replay.h"
#include "lane/backoff.h"

namespace dmw::api {

/// How long one that alone cannot be replayed is tried.
struct ReplayPatience {
  int tries = 6;
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds most{30'000};
};

/// Any thread. Jobs live as long as this does: what a stop leaves undone is still open, and a new job takes it up.
class ReplayJobs {
 public:
  ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock, ReplayPatience patience = {});
  ~ReplayJobs();

  /// Errors: full (too many jobs wait).
  Result<Uuid> start(std::vector<std::int64_t> numbers);
  std::optional<json::object> get(const Uuid& id) const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Failure {
    std::int64_t number;
    std::string detail;
  };
  /// One that is neither replayed nor failed.
  struct Open {
    std::int64_t number;
    int tries = 0;
    Time rests_until{};
  };
  struct Job {
    Uuid id;
    std::size_t count = 0;
    std::deque<Open> open{};
    std::string_view state = "waiting";
    std::size_t replayed = 0;
    std::size_t failed = 0;
    std::vector<Failure> failures{};  // the first of them
    std::string waits_for{};
    MicrosUtc created_at = 0;
    std::optional<MicrosUtc> finished_at{};
  };
  struct Next {
    std::shared_ptr<Job> job;
    Open open;
  };

  void run();
  /// One that does not rest, of the first job that has such a one; nothing when the program stops.
  std::optional<Next> next();
  void finish(Job& job);
  /// False when the program stops.
  bool replay(Next next);
  /// What came of a try while nothing is away.
  void conclude(Job& job, Open open, const Result<>& replayed);
  Result<> replay_now(std::int64_t number);

  catalog::DeadLetters letters_;
  ingest::Replay& replay_;
  const Clock& clock_;
  const int tries_max_;
  const lane::Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // in the order in which they came, with those that are done
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
