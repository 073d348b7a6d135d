// Relay: the leader that publishes the event log to a sink, in order (rules 5 and 6). It claims, changes and deletes no
// event: all it writes is how far the sink has got. After a kill at most one window is published again, with the same
// ids and bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/leaders.h"
#include "db/database.h"
#include "events/sink.h"
#include "lane/worker.h"

namespace dmw::events {

class Relay {
 public:
  struct Options {
    std::string sink = "kafka";  ///< its row in the catalog
    std::string holder = {};     ///< the replica
    std::chrono::seconds lease{15};
    std::chrono::seconds renewal{5};          ///< an idle relay writes to the database this often
    std::chrono::milliseconds interval{250};  ///< between two looks at the log that nobody nudged
    std::chrono::milliseconds rest_most{20};  ///< after a window that was not full (lane::Worker)
    std::chrono::seconds idle_probe{10};      ///< a sink that gets nothing is asked this often whether it is there
    std::size_t window = 500;                 ///< events published at most before the position moves
    /// Called on the relay's thread after each move. May be empty.
    std::function<void(std::int64_t position)> on_advanced = {};
    Histogram* publish_seconds = nullptr;  ///< of one window, until the sink has said its word on it. May be null.
  };

  struct State {
    enum class Kind {
      starting,  ///< nothing was tried yet
      standby,   ///< another replica has the lease
      running,
      paused,  ///< the sink or the database is away; `reason` says more
    };
    Kind kind = Kind::starting;
    std::string reason;
    std::int64_t position = 0;  ///< the last event that the sink has
    std::int64_t lag = 0;       ///< events after it, as of the last look
    struct Away {
      MicrosUtc since;
      std::string reason;
    };
    std::optional<Away> sink_away = {};
  };

  /// All must outlive the relay.
  Relay(db::Database& database, EventSink& sink, const Clock& clock, Options options);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void start();
  /// There may be new events. Any thread.
  void nudge();
  /// Lets the window in flight finish, moves the position and gives the lease to whoever wants it.
  void stop();
  /// Any thread; asks nobody.
  State state() const;

  /// Publishes one window. True when there may be more at once. For tests that have not called start().
  /// Errors: unavailable for whatever the sink says, and those of the database.
  Result<bool> pass();

 private:
  Result<bool> hold_lease();
  Result<> publish(const std::vector<Event>& events);
  std::vector<Result<>> ask_sink(const std::vector<Event>& events);
  Result<> remember_published();
  Result<> advance(std::int64_t position);
  Result<> look_at_head();
  Result<> look_at_idle_sink();
  Result<> probe();
  std::unexpected<Error> sink_is_away(Error why);
  void sink_is_back();
  void forget_outage();
  void tell(State::Kind kind, std::string reason = {});

  db::Database& database_;
  EventSink& sink_;
  const Clock& clock_;
  const Options options_;
  std::optional<catalog::Lease> lease_;
  /// The last event that the sink has taken, also where the catalog could not be told so.
  struct Published {
    std::int64_t position = 0;
    Uuid event_id;
  };
  std::optional<Published> published_;
  std::optional<Monotonic> renewed_;  // nothing: what the catalog says is to be asked anew
  std::optional<Monotonic> heard_;    // when the sink last answered as it should

  /// Of the sink, from its first refusal until it has all of a window again; the relay's thread alone has to do with
  /// it.
  struct Outage {
    Monotonic since;
    std::int64_t published = 0;
  };
  std::optional<Outage> outage_;

  mutable std::mutex mutex_;  // guards state_
  State state_;

  lane::Worker worker_;
};

}  // namespace dmw::events
