// IntakeWatch: the part `inbox`. It checks every second, and with a write every few seconds, whether files can be
// accepted. All intakes need the inbox.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/causes.h"
#include "base/clock.h"
#include "inbox/gauges.h"
#include "lane/worker.h"
#include "part/part.h"

namespace dmw::app {

/// The state of the inbox as an intake.
struct IntakeState {
  double fill = 0;                                ///< 0 empty, 1 full
  std::optional<inbox::Recovering> recovering{};  ///< instances of the spool that are read again
  std::chrono::milliseconds silent{0};            ///< time since its disk has not answered
  std::vector<std::string> stranded{};  ///< silent inboxes of other replicas with items, or an unknown number of items
};

class IntakeWatch : public Part {
 public:
  /// Inbox and clock outlive it. `measure` is called at each check, on its thread; `stranded` on any thread.
  IntakeWatch(
      inbox::Gauges& inbox, const Clock& clock, std::function<void()> measure = [] {},
      std::function<std::vector<std::string>()> stranded = [] { return std::vector<std::string>(); });

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// The watch itself logs when the inbox accepts no files.
  std::optional<PartState> state_for_log() const override;

  /// Why no files are accepted, and since when.
  struct Refusal {
    std::string reason;
    MicrosUtc since = 0;
  };
  /// The current refusal, checked now. Any thread.
  std::optional<Refusal> refusal() const;

  /// The work of its thread: logs when intake stops, when the cause changes, and when it continues. Public for tests
  /// that have not called start().
  void look();

 private:
  std::optional<Refusal> note(const Result<>& can) const;

  inbox::Gauges& inbox_;
  const Clock& clock_;
  const std::function<void()> measure_;
  const std::function<std::vector<std::string>()> stranded_;
  mutable std::mutex mutex_;  // guards the members below, which each check updates
  mutable std::optional<Refusal> refusal_;
  mutable Causes told_;
  bool tried_in_vain_ = false;  // until a try succeeds
  int looks_ = 0;
  lane::Worker worker_;
};

/// The same without a check of the inbox.
PartState inbox_state(const IntakeState& intake, const std::optional<IntakeWatch::Refusal>& refusal);

}  // namespace dmw::app
