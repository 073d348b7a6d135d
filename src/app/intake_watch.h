// IntakeWatch: whether anything can be taken in at all, asked each second and tried every few: every door stands on the
// inbox, so where that refuses, none is of use, whatever the cause.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/causes.h"
#include "base/clock.h"
#include "inbox/inbox.h"
#include "lane/worker.h"

namespace dmw::app {

class IntakeWatch {
 public:
  /// Inbox and clock outlive it. `measure` is called at each look, on its thread.
  IntakeWatch(inbox::Inbox& inbox, const Clock& clock, std::function<void()> measure = [] {});

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }

  /// Why nothing is taken in, and since when.
  struct Refusal {
    std::string reason;
    MicrosUtc since = 0;
  };
  /// As it is now, asked anew. Any thread.
  std::optional<Refusal> refusal();

  /// What its thread does: logs when intake stops, when the cause is another one, and when it goes on, a line each. For
  /// tests that have not called start().
  void look();

 private:
  std::optional<Refusal> note(const Result<>& can);

  inbox::Inbox& inbox_;
  const Clock& clock_;
  const std::function<void()> measure_;
  std::mutex mutex_;  // guards what follows
  std::optional<Refusal> refusal_;
  Causes told_;
  bool tried_in_vain_ = false;  // until a try succeeds
  int looks_ = 0;
  lane::Worker worker_;
};

}  // namespace dmw::app
