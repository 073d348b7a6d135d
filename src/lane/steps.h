// Steps: the independent steps of a pass. A step that fails does not stop the others.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "lane/aside.h"

namespace dmw::lane {

/// One thread runs the steps; aside() may be called by any thread.
class Steps {
 public:
  /// `probe` checks the resources that all steps need. Clock and metrics must outlive this.
  Steps(std::string lane, std::function<Result<>()> probe, const Clock& clock, Metrics& metrics);

  /// Runs `act`, unless it failed recently and still waits for its retry. Returns true if it has more work at once.
  /// Returns false also if it failed for a reason of its own: it is then logged once and retried later, and the next
  /// steps run. `words` names the step, in the log and in /ready: "the removal of old events". Errors: a resource that
  /// all steps need is unavailable or full, or the program stops.
  Result<bool> run(const std::string& words, const std::function<Result<bool>()>& act);

  const Aside& aside() const { return aside_; }

 private:
  const std::function<Result<>()> probe_;
  Aside aside_;
};

}  // namespace dmw::lane
