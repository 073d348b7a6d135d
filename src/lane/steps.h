// Steps: the parts of a pass that have nothing to do with each other, so that one that fails keeps none of the others.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "lane/aside.h"

namespace dmw::lane {

/// One thread runs them; aside() may be asked by any.
class Steps {
 public:
  /// `probe`: whether what all steps need is there. Clock and metrics must outlive it.
  Steps(std::string lane, std::function<Result<>()> probe, const Clock& clock, Metrics& metrics);

  /// Runs `act`, unless it failed a moment ago. True when it has more to do at once; false as well when it failed by
  /// something of its own: then it is put aside, told once, and the steps after it run.
  /// `words` names the step, in the log and in /ready: "the removal of old events".
  /// Errors: what all need is away or full, or the program stops.
  Result<bool> run(const std::string& words, const std::function<Result<bool>()>& act);

  const Aside& aside() const { return aside_; }

 private:
  const std::function<Result<>()> probe_;
  Aside aside_;
};

}  // namespace dmw::lane
