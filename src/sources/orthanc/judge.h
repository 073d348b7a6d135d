// Judge: classifies a failure: is it an outage for all, a limit of our own load, a temporary fault of this item, or
// does Orthanc not have it? A single answer never makes a dead letter.
#pragma once

#include <string>

#include "sources/orthanc/fetch_floor.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/pull.h"

namespace dmw::sources {

/// The classification of an answer alone.
enum class Sign {
  cancelled,  ///< the pull is stopped
  limited,    ///< the source, or this process, is overloaded
  missing,    ///< 404, from Orthanc or from a proxy
  unclear,    ///< everything else: check whether Orthanc answers at all
};
/// `files_gone`: this process has no file descriptor left.
Sign sign_of(const Error& error, const std::optional<OrthancRefusal>& refusal, bool files_gone);

/// One thread: that of `client`. For its last call, which has failed.
class Judge {
 public:
  /// Both outlive it.
  Judge(FetchFloor& floor, OrthancClient& client) : floor_(floor), client_(client) {}

  /// Call it before the first request of a step.
  void begins() { began_ = floor_.rooms.clock.monotonic(); }
  /// The end of a step after this error: GivenBack, Refused, Absent or Failed.
  StepEnd of(const Pull& pull, const Step& step, const Error& error);
  /// The end of a step after a refusal for overload: Refused, so that the step is repeated. After several repetitions,
  /// if the source answers other requests: Failed, because the fault is then that of this item.
  StepEnd refused(const Pull& pull, const Step& step, const Error& error);
  /// Whether the error is a refusal for overload.
  bool is_limit(const Error& error) const;
  /// Slows down after such an error, if of() is not called.
  void slow_down();
  /// The same if it may also be an outage. Errors: the outage, cancelled.
  Result<> limited(const std::stop_token& stop);
  /// Call it after each answer of the source, whatever its content.
  void answered() { floor_.throttle.answered(); }
  /// Whether the source has asked for a pause that has not ended.
  bool asked_to_wait() const { return floor_.throttle.closed(); }

 private:
  StepEnd of_limit(const Pull& pull, const Step& step, const Error& error);
  StepEnd of_missing(const Pull& pull, const Step& step, const Error& error);
  /// Checks /system after a failure that does not show whether the source works.
  StepEnd ask_system(const Pull& pull, const Step& step, const Error& error);
  Sign sign(const Error& error) const;

  FetchFloor& floor_;
  OrthancClient& client_;
  Monotonic began_;
};

}  // namespace dmw::sources
