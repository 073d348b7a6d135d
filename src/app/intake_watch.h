// IntakeWatch: the part `inbox`: whether anything can be taken in at all, asked each second and tried every few: every
// source stands on the inbox, so where that refuses, none is of use, whatever the cause.
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

/// How the inbox is, as far as it takes instances in.
struct IntakeState {
  double fill = 0;                                ///< 0 empty, 1 full
  std::optional<inbox::Recovering> recovering{};  ///< instances of the spool that are read again
  std::chrono::milliseconds silent{0};            ///< for so long its disk has not answered a try
  std::vector<std::string> stranded{};            ///< inboxes that are silent with items in them, or an unknown number
};

class IntakeWatch : public Part {
 public:
  /// Inbox and clock outlive it. `measure` is called at each look, on its thread; `stranded` on any.
  IntakeWatch(
      inbox::Gauges& inbox, const Clock& clock, std::function<void()> measure = [] {},
      std::function<std::vector<std::string>()> stranded = [] { return std::vector<std::string>(); });

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  /// The watch itself writes the lines about an inbox that takes nothing in.
  std::optional<PartState> state_for_log() const override;

  /// Why nothing is taken in, and since when.
  struct Refusal {
    std::string reason;
    MicrosUtc since = 0;
  };
  /// As it is now, asked anew. Any thread.
  std::optional<Refusal> refusal() const;

  /// What its thread does: logs when intake stops, when the cause is another one, and when it goes on, a line each. For
  /// tests that have not called start().
  void look();

 private:
  std::optional<Refusal> note(const Result<>& can) const;

  inbox::Gauges& inbox_;
  const Clock& clock_;
  const std::function<void()> measure_;
  const std::function<std::vector<std::string>()> stranded_;
  mutable std::mutex mutex_;  // guards what follows, which each question brings up to date
  mutable std::optional<Refusal> refusal_;
  mutable Causes told_;
  bool tried_in_vain_ = false;  // until a try succeeds
  int looks_ = 0;
  lane::Worker worker_;
};

/// The same without asking the inbox.
PartState inbox_state(const IntakeState& intake, const std::optional<IntakeWatch::Refusal>& refusal);

}  // namespace dmw::app
