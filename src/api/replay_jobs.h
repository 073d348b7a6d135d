// ReplayJobs: replays of many dead letters, one after the other, on a thread of their own. A job has the numbers that
// it was made with and no others; it goes on when its caller is gone, and waits while an inbox is full or a store away.
// A dead letter that alone cannot be replayed for now is tried again later, while the others of its job and those of
// other jobs go on. A job follows each of its dead letters until it is known what became of it.
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
  /// With what became of each of the first 1,000.
  std::optional<json::object> get(const Uuid& id) const;
  /// The newest first.
  json::array list() const;

 private:
  struct Item {
    std::int64_t number;
    std::string_view outcome = kWaiting;
    std::string detail{};
  };
  /// One that nobody has tried yet, or that is tried again later.
  struct Open {
    std::int64_t number;
    std::size_t place;  ///< in the job
    int tries = 0;
    Monotonic rests_until{};
  };
  /// One whose try has begun.
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
  /// One that does not rest, of the first job that has such a one; nothing when the program stops.
  std::optional<Next> next();
  void finish(Job& job);
  /// False when the program stops.
  bool replay(Next next);
  /// What came of a try while nothing is away.
  void conclude(Job& job, Open open, const Result<ingest::Retry>& begun);
  static void conclude(Job& job, std::size_t place, Item item);
  Result<ingest::Retry> replay_now(std::int64_t number);
  /// Asks the catalog what became of some that are under way. Unlocked meanwhile.
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
  std::deque<std::shared_ptr<Job>> jobs_;  // in the order in which they came, with those that are done
  Monotonic look_at_{};
  std::chrono::milliseconds look_after_{0};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::api
