// Worker: the thread behind every lane, poller and leader. It runs one idempotent pass again and again, started by a
// hint, a timer or a restart of the program. During an outage it only probes, and touches no item.
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
    std::string name;                    ///< name in the log and (its first 15 characters) of the thread
    std::chrono::milliseconds interval;  ///< a pass runs at least this often
    /// Does all current work; returns true if there may be more. It takes its input only from durable storage.
    std::function<Result<bool>()> pass;
    /// Checks the resources of the pass after an outage. If empty, the pass itself is tried.
    std::function<Result<>()> probe;
    /// After a pass without more work the worker rests as long as the pass took, at most this long, even when nudged.
    /// Under load this gives few large passes, each with its transactions and flushes, instead of many small ones.
    std::chrono::milliseconds rest_most{0};
  };

  struct State {
    bool paused = false;                ///< a resource of its passes is unavailable
    bool failing = false;               ///< its passes fail with an error that is not an outage
    MicrosUtc since = 0;                ///< of the first failure after the last success
    std::string reason{};               ///< the reason of the last failure
    std::chrono::milliseconds busy{0};  ///< running time of the current pass or probe

    bool well() const { return !paused && !failing; }
  };

  /// The wait after a step, and whether a nudge ends it.
  struct Wait {
    std::chrono::milliseconds most;
    bool ends_with_nudge;
  };

  /// `clock` determines its waits and the times in its state. It must outlive the worker.
  Worker(Options options, const Clock& clock);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Starts the thread; the first pass runs at once.
  void start();
  /// Requests a pass, now or after the rest. Several nudges before the pass begins cause one pass; a nudge during a
  /// pass causes another one. Any thread.
  void nudge();
  /// Lets a running pass finish and ends the thread. It cannot be started again.
  void stop();
  /// Any thread.
  State state() const;

  /// The work of the thread between two waits: a pass, or while paused a probe, and a pass if the probe succeeds. After
  /// a transient error the worker is paused until a pass succeeds; its owner reports that state. After any other error
  /// (logged as `lane_failed`, one line per cause) the pass is tried again after a back-off of at most 30 s. Public for
  /// tests that have not called start().
  Wait step();

 private:
  void run();
  void pause(const Error& why);
  void fail_pass(const Error& why);
  void resume();
  /// Returns the previous state.
  State become(State next, const Error& why);

  const Options options_;
  const Clock& clock_;
  Backoff backoff_;
  Causes failures_;           // causes since the last success
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  State state_;
  std::optional<Monotonic> busy_since_;
  bool nudged_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::lane
