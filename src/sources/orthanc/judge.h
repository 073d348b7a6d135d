// Judge: what a failure means. Who said so, and whose fault is it: of everybody (an outage), of our own load (a limit),
// of this item for now, or is it that Orthanc has not got it? Nothing is set aside because of an answer alone.
#pragma once

#include <string>

#include "sources/orthanc/fetch_floor.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/pull.h"

namespace dmw::sources {

/// What an answer says by itself.
enum class Sign {
  cancelled,  ///< the pull is stopped
  limited,    ///< the source, or this process, can do less at once
  missing,    ///< 404: of Orthanc, or of somebody before it
  unclear,    ///< everything else: whether Orthanc answers at all is to be asked
};
/// `files_gone`: this process has no descriptor left.
Sign sign_of(const Error& error, const std::optional<OrthancRefusal>& refusal, bool files_gone);

/// One thread: that of `client`, whose last call has failed.
class Judge {
 public:
  /// Both outlive it.
  Judge(FetchFloor& floor, OrthancClient& client) : floor_(floor), client_(client) {}

  /// Before the first question of a step.
  void begins() { began_ = floor_.rooms.clock.monotonic(); }
  /// How the step ends whose question failed so: GivenBack, Refused, Absent or Failed.
  StepEnd of(const Pull& pull, const Step& step, const Error& error);
  /// After a refusal for the load: Refused, so that the step comes again. Failed where it came again some times and the
  /// source answers otherwise: then it is this one that fails, and not the load.
  StepEnd refused(const Pull& pull, const Step& step, const Error& error);
  /// Whether it is a refusal that depends on the load.
  bool is_limit(const Error& error) const;
  /// In answer to such a one, where of() is not asked.
  void slow_down();
  /// The same where it may be an outage after all. Errors: that one, cancelled.
  Result<> limited(const std::stop_token& stop);
  /// The source has answered, whatever it said.
  void answered() { floor_.throttle.answered(); }
  /// The source asks for a pause, which goes on.
  bool asked_to_wait() const { return floor_.throttle.closed(); }

 private:
  StepEnd of_limit(const Pull& pull, const Step& step, const Error& error);
  StepEnd of_missing(const Pull& pull, const Step& step, const Error& error);
  /// After a failure that says nothing of the source as a whole.
  StepEnd ask_system(const Pull& pull, const Step& step, const Error& error);
  Sign sign(const Error& error) const;

  FetchFloor& floor_;
  OrthancClient& client_;
  Monotonic began_;
};

}  // namespace dmw::sources
