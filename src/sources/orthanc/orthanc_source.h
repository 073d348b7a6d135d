// OrthancSource: one configured Orthanc. Trigger, change poller and reconciler write requests; the puller serves them.
//
//   webhook, person -> Trigger ---------------+
//   /changes -> ChangePoller (leader) --------+--> requests (catalog) -> Puller -> FetchPool -> inbox
//   /studies -> Reconciler (leader) ----------+
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "lane/aside.h"
#include "lane/worker.h"
#include "part/part.h"
#include "sources/orthanc/change_poller.h"
#include "sources/orthanc/options.h"
#include "sources/orthanc/puller.h"
#include "sources/orthanc/reconciler.h"
#include "sources/orthanc/trigger.h"

namespace dmw::sources {

struct OrthancProgress {
  bool paused = false;
  MicrosUtc since = 0;  // of the pause
  std::string reason{};
  bool silent = false;   // the source accepts connections and answers nothing; since and reason tell more
  bool limited = false;  // the source is there and lets less through; since and reason tell more
  bool barren = false;   // the source answers, and nothing comes of it; since and reason tell more
  bool leading = false;  // this process follows the changes
  std::size_t requests_in_flight = 0;
  std::optional<lane::Aside::State> unnoted{};  // requests that are through, as the catalog refuses to note
  std::optional<Comparison> comparison{};       // of the process that leads
};

/// Any thread.
class OrthancSource : public Part {
 public:
  /// Everything in `rooms` outlives it.
  OrthancSource(OrthancOptions options, const Surroundings& rooms);
  ~OrthancSource() override;

  Result<> start() override;
  /// Takes no more triggers, and ends the questions under way: a source that is silent does not hold the stop.
  void begin_stop(std::chrono::milliseconds patience) override;
  /// Claims nothing more; transfers under way may end until `patience` is over.
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// Its throttle writes the lines about a limit.
  std::optional<PartState> state_for_log() const override;
  /// Asks the Orthanc for its size.
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

  Trigger& trigger() { return trigger_; }
  /// Looks at the changes now.
  void nudge() { watch_.nudge(); }
  /// The source is asked with it from the next question on; what waits for that is tried again. Any thread.
  void change_access(http::Access access);
  /// Compares every study once more; a success also where another process leads.
  void reconcile();
  OrthancProgress progress() const;
  /// What the Orthanc has. Any thread.
  Result<OrthancSize> size(std::chrono::milliseconds patience) const;

 private:
  Result<bool> watch();
  Result<bool> follow();
  /// What a refusal of our load comes to: nothing for now, unless the source is away.
  Result<bool> follow_slowly(Error why);
  void compare_again(std::chrono::milliseconds delay);
  /// Fails with stale once another process follows the source. Of the watching thread.
  Result<> confirm_lead(db::Transaction& transaction);
  Result<bool> lead();

  const OrthancOptions options_;
  Surroundings rooms_;
  const std::string role_;
  std::stop_source ending_;
  Puller puller_;
  Trigger trigger_;
  OrthancClient client_;  // of the watching thread, as what follows
  Judge judge_;
  Reconciler reconciler_;
  ChangePoller poller_;
  std::atomic<bool> leading_ = false;
  std::optional<std::int64_t> epoch_;
  std::optional<Monotonic> led_at_;
  bool started_ = false;
  lane::Worker watch_;
};

/// The state of the source of this name.
PartState orthanc_state(const std::string& name, const OrthancProgress& progress);

/// In the place of a source that is not configured.
std::unique_ptr<Part> no_orthanc(const std::string& name);

}  // namespace dmw::sources
