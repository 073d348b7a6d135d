// Worker: the thread behind every lane, poller and leader. It runs one idempotent pass again and again: a nudge, a
// timer and a restart all do the same, and an outage is waited out with a probe instead of with the items.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/causes.h"
#include "base/clock.h"
#include "base/result.h"
#include "lane/backoff.h"

namespace dmw::lane {

class Worker {
 public:
  struct Options {
    std::string name;                    ///< in the log and, its first 15 characters, of the thread
    std::chrono::milliseconds interval;  ///< a pass runs at least this often
    /// All there is to do now; true when there may be more at once. Takes no input but what is kept.
    std::function<Result<bool>()> pass;
    /// Whether what the pass depends on is back. May be empty: then the pass itself is tried.
    std::function<Result<>()> probe;
    /// After a pass, unless there is more at once, it rests as long as that took, at most this long, whoever nudges:
    /// where much comes, it makes few large passes, each with its transactions and flushes, and not many small ones.
    std::chrono::milliseconds rest_most{0};
  };

  struct State {
    bool paused = false;                ///< what its passes need is away
    bool failing = false;               ///< its passes end in an error that is no outage
    MicrosUtc since = 0;                ///< of the first failure after the last success
    std::string reason{};               ///< why, the last time it was tried
    std::chrono::milliseconds busy{0};  ///< how long the pass or probe that runs has run

    bool well() const { return !paused && !failing; }
  };

  /// How long to wait after a step, and whether a nudge ends the wait.
  struct Wait {
    std::chrono::milliseconds most;
    bool ends_with_nudge;
  };

  /// By `clock`, which outlives it, go its waits and all that it tells of times.
  Worker(Options options, const Clock& clock);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Starts the thread; the first pass runs at once.
  void start();
  /// Run a pass now, or after the rest. Nudges that come before it begins are one; one that comes during a pass brings
  /// another. Any thread.
  void nudge();
  /// Lets a running pass finish and ends the thread. It cannot be started again.
  void stop();
  /// Any thread.
  State state() const;

  /// What the thread does between two waits: a pass, or while paused a probe and a pass once that succeeds.
  /// A transient error of the pass pauses until a pass succeeds: that is its state, and a matter of the owner to tell.
  /// Any other (`lane_failed`, one line for each cause) is tried again after a back-off of at most 30 s. For tests that
  /// have not called start().
  Wait step();

 private:
  void run();
  void pause(const Error& why);
  void fail_pass(const Error& why);
  void resume();
  /// Returns what it was before.
  State become(State next, const Error& why);

  const Options options_;
  const Clock& clock_;
  Backoff backoff_;
  Causes failures_;           // since the last success
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  State state_;
  std::optional<Monotonic> busy_since_;
  bool nudged_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::lane
