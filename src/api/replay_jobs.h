// ReplayJobs: replays of many dead letters, one after the other, on a thread of their own. The set of numbers of a job
// is fixed. A job continues when its caller has disconnected, and waits while the inbox is full or the store is
// unavailable. A dead letter that cannot be replayed for a reason of its own is tried again later, while the others
// continue. A job follows each of its dead letters until the result is known.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "catalog/dead_letters.h"
#include "catalog/requests.h"
#include "ingest/replay.h"
#include "lane/backoff.h"

namespace dmw::api {

/// How often and how long one dead letter is tried again.
struct ReplayPatience {
  int tries = 6;
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds most{30'000};
};

/// Any thread. Jobs are kept in memory only. Dead letters that a stop leaves unfinished stay open; a new job can replay
/// them.
class ReplayJobs {
 public:
  ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock, ReplayPatience patience = {});
  ~ReplayJobs();

  /// Starts a job and returns its id. Errors: full (too many jobs are waiting).
  Result<Uuid> start(std::vector<std::int64_t> numbers);
  /// The job with the results of its first 1,000 dead letters; nullopt if there is no such job.
  std::optional<json::object> get(const Uuid& id) const;
  /// The newest first.
  json::array list() const;

 private:
  struct Item {
    std::int64_t number;
    std::string_view outcome = kWaiting;
    std::string detail{};
  };
  /// A dead letter that was not tried yet, or that will be tried again.
  struct Open {
    std::int64_t number;
    std::size_t place;  ///< in the job
    int tries = 0;
    Monotonic rests_until{};
  };
  /// A dead letter whose replay has begun.
  struct UnderWay {
    std::int64_t number;
    std::size_t place;
    std::optional<Uuid> request;  ///< to its source
  };
  struct Job {
    Uuid id;
    std::size_t count = 0;
    std::deque<Open> open{};
    std::deque<UnderWay> under_way{};
    std::string_view state = kWaiting;
    std::size_t replayed = 0;
    std::size_t failed = 0;
    std::vector<Item> items{};     // the first of them
    std::vector<Item> failures{};  // the first of them
    std::string waits_for{};
    MicrosUtc created_at = 0;
    std::optional<MicrosUtc> finished_at{};
  };
  struct Next {
    std::shared_ptr<Job> job;
    Open open;
  };
  struct Looked {
    std::shared_ptr<Job> job;
    UnderWay one;
    std::optional<Item> ended{};
  };
  static constexpr std::string_view kWaiting = "waiting";

  static json::object summary(const Job& job);
  void run();
  /// Waits for the next dead letter to try, from the oldest job that has one; nullopt when the program stops.
  std::optional<Next> next();
  void finish(Job& job);
  /// False when the program stops.
  bool replay(Next next);
  /// Records the result of a try that no outage has prevented.
  void conclude(Job& job, Open open, const Result<ingest::Retry>& begun);
  static void conclude(Job& job, std::size_t place, Item item);
  Result<ingest::Retry> replay_now(std::int64_t number);
  /// Reads the state of some running replays from the catalog. Releases `lock` during the query.
  void look(std::unique_lock<std::mutex>& lock);
  Result<std::optional<Item>> outcome_of(const UnderWay& one);

  catalog::DeadLetters letters_;
  catalog::Requests requests_;
  ingest::Replay& replay_;
  const Clock& clock_;
  const int tries_max_;
  const lane::Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;  // oldest first, also finished ones
  Monotonic look_at_{};
  std::chrono::milliseconds look_after_{0};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
