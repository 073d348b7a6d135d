// Relay: the leader that publishes the events of one topic to a sink, in the order of the event log. It claims, changes
// and deletes no event: all it writes is how far the sink has got. A window that the sink has is waited for, however
// long its word takes, and not given again. After a kill, or a stop while the sink is silent, at most one window is
// published again, with the same ids and bytes. Only a sink that is not required may be given up for events: see
// Options.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/causes.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "db/database.h"
#include "events/patience.h"
#include "events/sink.h"
#include "lane/worker.h"

namespace dmw::events {

class Relay {
 public:
  struct Options {
    catalog::SinkTerms sink;  ///< its row in the catalog, and its topic: events of others are passed over
    std::string holder = {};  ///< the replica
    /// Of a sink that is not required: events that it has not taken for so long are passed over, for good. Each is
    /// counted, and noted in the audit. Nothing: it is waited for without limit.
    std::optional<std::chrono::milliseconds> give_up_after = {};
    std::chrono::seconds lease{15};
    std::chrono::seconds renewal{5};          ///< an idle relay writes to the database this often
    std::chrono::milliseconds interval{250};  ///< between two looks at the log that nobody nudged
    std::chrono::milliseconds rest_most{20};  ///< after a window that was not full (lane::Worker)
    std::chrono::seconds idle_probe{10};      ///< a sink that gets nothing is asked this often whether it is there
    std::chrono::seconds pass_over{1};        ///< the position moves over events of other topics at most this often
    std::size_t window = 500;                 ///< events published at most before the position moves
    /// Called on the relay's thread after each move. May be empty.
    std::function<void(std::int64_t position)> on_advanced = {};
    Counter* refusals = nullptr;           ///< of tries that the sink did not take as a whole. May be null.
    Counter* passed_over = nullptr;        ///< of events that the sink was given up for. May be null.
    Histogram* publish_seconds = nullptr;  ///< of one window, until the sink has said its word on it. May be null.
  };

  struct State {
    enum class Kind {
      starting,  ///< nothing was tried yet
      standby,   ///< another replica has the lease
      running,
      paused,  ///< the sink or the database is away, or the sink is silent; `reason` says more
    };
    Kind kind = Kind::starting;
    std::string reason;
    std::int64_t position = 0;  ///< the last event that the sink has
    std::int64_t lag = 0;       ///< events of the topic after it, as of the last look
    struct Away {
      MicrosUtc since;
      std::string reason;
      bool is_alone = false;  ///< it is this topic's trouble, as far as the sink can tell
    };
    std::optional<Away> sink_away = {};  ///< or silent: it has not said its word on a window for long
    std::int64_t passed_over = 0;        ///< events that it was given up for since it is away
  };

  /// All must outlive the relay.
  Relay(db::Database& database, EventSink& sink, const Clock& clock, Options options);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void start();
  /// There may be new events. Any thread.
  void nudge();
  /// From now on no window is waited for longer than that. One that is given up comes again, from here or from another
  /// replica. Any thread.
  void end_within(std::chrono::milliseconds patience);
  /// Lets the window in flight finish as end_within() says, moves the position and gives the lease to whoever wants it.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// Any thread; asks nobody.
  State state() const;

  /// Publishes one window. True when there may be more at once. For tests that have not called start().
  /// Errors: unavailable for whatever the sink says, and those of the database.
  Result<bool> pass();
  /// As its worker asks while it is paused: whether the sink is there. Errors: as pass(). Likewise.
  Result<> probe();

 private:
  Result<bool> hold_lease();
  Result<bool> publish(catalog::TopicWindow window);
  Result<> pass_over(const catalog::TopicWindow& window);
  std::vector<Result<>> ask_sink(const std::vector<Event>& events);
  bool wait_on(const std::optional<Error>& slow);
  Result<> keep_lease();
  bool is_to_end() const;
  bool is_ahead(std::int64_t position, const Uuid& event_id) const;
  Result<> remember_published();
  Result<> advance(std::int64_t position, std::int64_t published);
  void moved_to(std::int64_t position, std::int64_t events);
  void note_wait();
  bool is_overdue(std::int64_t position);
  Result<bool> give_up_refused(const catalog::TopicWindow& window, std::int64_t missing, const Error& why);
  Result<> give_up_overdue(const Error& why);
  Result<> give_up(std::int64_t position, const Error& why);
  Result<> look_at_head();
  Result<> look_at_idle_sink();
  Error sink_is_away(Error why);
  void sink_is_slow(const Error& why);
  void position_is_refused(const Error& why);
  std::int64_t note_outage(const Error& why, Monotonic since);
  void tell_outage(const char* event, const std::string& words, const Error& why, std::int64_t waiting);
  void sink_is_back();
  void tell_given_up(std::int64_t events);
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
  /// Events behind the position that the sink has: those before them it has not. They are not given to it again.
  std::map<std::int64_t, Uuid> ahead_;
  std::optional<Error> given_up_;     // why the wait for a window has ended
  std::optional<Error> too_slow_;     // likewise: the sink is given up for an event of it
  std::optional<Patience> patience_;  // of a sink that may be given up
  Monotonic given_at_;                // of the window in flight
  std::optional<Monotonic> renewed_;  // nothing: what the catalog says is to be asked anew
  Monotonic asked_lease_;
  std::optional<Monotonic> heard_;  // when the sink last answered as it should
  std::optional<Monotonic> passed_over_;

  /// Of the sink, from its first refusal or a long silence until it has all of a window again; the relay's thread
  /// alone has to do with it.
  struct Outage {
    Monotonic since;
    std::int64_t published = 0;
    std::int64_t passed_over = 0;
    Causes told{};
  };
  std::optional<Outage> outage_;

  mutable std::mutex mutex_;  // guards what follows
  State state_;
  std::optional<Monotonic> end_by_;  // a stop waits until then

  lane::Worker worker_;
};

}  // namespace dmw::events
