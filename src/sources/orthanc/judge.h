// Judge: what a failure means. Who said so, and whose fault is it: of everybody (an outage), of our own load (a limit),
// of this item for now, or is it that Orthanc has not got it? Nothing is set aside because of an answer alone.
#pragma once

#include <string>

#include "sources/orthanc/fetch_floor.h"
#include "sources/orthanc/orthanc_client.h"

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

enum class Ruling {
  given_back,  ///< its pull goes on later, in another claim
  again,       ///< its step goes on later, in this claim
  absent,      ///< Orthanc has not got it
  passing,     ///< it may succeed later
};

/// One thread: that of `client`, whose last call has failed.
class Judge {
 public:
  /// Both outlive it.
  Judge(FetchFloor& floor, OrthancClient& client) : floor_(floor), client_(client) {}

  /// Before the first question of a step.
  void begins() { began_ = floor_.rooms.clock.monotonic(); }
  Ruling of(Pull& pull, Level level, const std::string& id, const Error& error);
  /// After Ruling::again: the step comes again. False where it was refused some times and the source answers
  /// otherwise: then it is this one that fails, and not the load.
  bool put_back(Pull& pull, const Step& step);
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
  /// Everybody waits; this pull is given back. The error is `cancelled`.
  std::unexpected<Error> outage(Pull& pull, Error why);

 private:
  Ruling of_limit(Pull& pull);
  Ruling of_missing(Pull& pull, Level level, const std::string& id);
  /// After a failure that says nothing of the source as a whole.
  Ruling ask_system(Pull& pull);

  FetchFloor& floor_;
  OrthancClient& client_;
  Monotonic began_;
};

}  // namespace dmw::sources
