// Relay: the leader that publishes the events of one topic to a sink, in the order of the event log. It does not change
// events; it writes only the position of the sink. It waits for the answer to a window without a limit, and does not
// send the window again. After a kill, or a stop while the sink is silent, at most one window is published again, with
// the same ids and bytes. Only for a best-effort sink events may be skipped: see Options.
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
    catalog::SinkTerms sink;  ///< its row in the catalog, and its topic; events of other topics are skipped
    std::string holder = {};  ///< the replica
    /// For a best-effort sink: events that it has not accepted for this time are skipped permanently. They are counted,
    /// and noted in the audit trail. Nullopt: events wait without a limit.
    std::optional<std::chrono::milliseconds> give_up_after = {};
    std::chrono::seconds lease{15};
    std::chrono::seconds renewal{5};          ///< an idle relay writes to the database this often
    std::chrono::milliseconds interval{250};  ///< between two reads of the log without a hint
    std::chrono::milliseconds rest_most{20};  ///< after a window that was not full (lane::Worker)
    std::chrono::seconds idle_probe{10};      ///< interval of probes of an idle sink
    std::chrono::seconds pass_over{1};        ///< shortest interval of position updates for events of other topics
    std::size_t window = 500;                 ///< most events between two position updates
    /// Called on the relay's thread after each move. May be empty.
    std::function<void(std::int64_t position)> on_advanced = {};
    Counter* refusals = nullptr;           ///< attempts that the sink refused, wholly or in part. May be null.
    Counter* passed_over = nullptr;        ///< skipped events. May be null.
    Histogram* publish_seconds = nullptr;  ///< time of one window until the answer of the sink. May be null.
  };

  struct State {
    enum class Kind {
      starting,  ///< nothing was tried yet
      standby,   ///< another replica has the lease
      running,
      paused,  ///< the sink or the database cannot be reached, or the sink is silent; see `reason`
    };
    Kind kind = Kind::starting;
    std::string reason;
    std::int64_t position = 0;  ///< the last event that the sink has
    std::int64_t lag = 0;       ///< events of the topic after it, at the last count
    struct Away {
      MicrosUtc since;
      std::string reason;
      bool is_alone = false;  ///< the trouble concerns this topic only, as far as the sink knows
    };
    std::optional<Away> sink_away = {};  ///< set if the sink cannot be reached, or has not answered a window for long
    std::int64_t passed_over = 0;        ///< skipped events since then
  };

  /// All must outlive the relay.
  Relay(db::Database& database, EventSink& sink, const Clock& clock, Options options);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void start();
  /// Hints that there may be new events. Any thread.
  void nudge();
  /// Limits the wait for a window from now on. A window without an answer is published again, by this or another
  /// replica. Any thread.
  void end_within(std::chrono::milliseconds patience);
  /// Finishes the window in flight as described at end_within(), moves the position and gives up the lease.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// Any thread; contacts no server.
  State state() const;

  /// Publishes one window. Returns true if there may be more at once. Public for tests that have not called start().
  /// Errors: unavailable for every error of the sink, and those of the database.
  Result<bool> pass();
  /// The probe of the worker while it is paused: checks the sink. Errors: as pass(). Public for tests.
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
  /// The last event that the sink has, even if its position could not be saved.
  struct Published {
    std::int64_t position = 0;
    Uuid event_id;
  };
  std::optional<Published> published_;
  /// Events after the position that the sink has already, although it lacks earlier ones. They are not sent again.
  std::map<std::int64_t, Uuid> ahead_;
  std::optional<Error> given_up_;     // why the wait for a window was ended
  std::optional<Error> too_slow_;     // likewise: an event of the window will be skipped
  std::optional<Patience> patience_;  // set for a best-effort sink
  Monotonic given_at_;                // start of the window in flight
  std::optional<Monotonic> renewed_;  // nullopt: the lease must be read from the catalog again
  Monotonic asked_lease_;
  std::optional<Monotonic> heard_;  // time of the last good answer of the sink
  std::optional<Monotonic> passed_over_;

  /// An outage of the sink, from its first refusal or a long silence until it has accepted a whole window again. Used
  /// only by the relay's thread.
  struct Outage {
    Monotonic since;
    std::int64_t published = 0;
    std::int64_t passed_over = 0;
    Causes told{};
  };
  std::optional<Outage> outage_;

  mutable std::mutex mutex_;  // guards the members below
  State state_;
  std::optional<Monotonic> end_by_;  // latest end of a stop

  lane::Worker worker_;
};

}  // namespace dmw::events
