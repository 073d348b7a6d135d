// ReplayJobs: replays of many dead letters, one after the other, on a thread of their own. A job has the numbers that
// it was made with and no others; it goes on when its caller is gone, and waits while an inbox is full or a store away.
#pragma once

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

namespace dmw::api {

/// Any thread. Jobs live as long as this does: what a stop leaves undone is still open, and a new job takes it up.
class ReplayJobs {
 public:
  ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock);
  ~ReplayJobs();

  /// Errors: full (too many jobs wait).
  Result<Uuid> start(std::vector<std::int64_t> numbers);
  std::optional<json::object> get(const Uuid& id) const;

 private:
  struct Failure {
    std::int64_t number;
    std::string detail;
  };
  struct Job {
    Uuid id;
    std::vector<std::int64_t> numbers;
    std::string_view state = "waiting";
    std::size_t replayed = 0;
    std::size_t failed = 0;
    std::vector<Failure> failures{};  // the first of them
    std::string waits_for{};
    MicrosUtc created_at = 0;
    std::optional<MicrosUtc> finished_at{};
  };

  void run();
  void work(Job& job);
  /// False when the program stops.
  bool replay(Job& job, std::int64_t number);
  Result<> replay_now(std::int64_t number);
  std::shared_ptr<Job> next();

  catalog::DeadLetters letters_;
  ingest::Replay& replay_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // in the order in which they came, with those that are done
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
