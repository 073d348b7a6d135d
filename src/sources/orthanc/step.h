// Step: one piece of work of a pull for a fetcher. StepEnd: its end, with the result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "catalog/cursors.h"
#include "sources/orthanc/orthanc_client.h"
#include "sources/orthanc/pull_state.h"

namespace dmw::sources {

struct Step {
  enum class Kind {
    study,    ///< read the series of the study
    series,   ///< read the instances of the series
    look_up,  ///< query the catalog for known instances
    fetch,    ///< fetch the instance, unless it is known with its current tag
  };
  Kind kind = Kind::study;
  std::string id{};
  std::string known_tag{};                // of a fetch
  std::optional<OrthancInstance> told{};  // for a fetch: the description of the file from a bulk answer
  std::uint64_t moment = 0;               // for a fetch: time of the catalog query (UnderWay)
  bool alone = false;                     // for a listing: no bulk request
  std::vector<std::string> ids{};         // of a look-up
  int refusals = 0;                       // number of refusals for overload
};

/// The result of a catalog query for some instances, its time, and the descriptions from the source, if any.
struct Known {
  catalog::Tags tags{};
  std::uint64_t moment = 0;
  OrthancInstances told{};
  std::size_t unchanged = 0;  // number of instances that are known with the same bytes and left out
};

/// The possible ends of a step. Each is one event for its pull (PullState).
namespace ended {

/// The series of the study; none if the study is skipped.
struct Listed {
  static constexpr PullEvent event = PullEvent::listed;
  OrthancStudy study;
};
/// Of a series or a look-up: these instances must be fetched.
struct Found {
  static constexpr PullEvent event = PullEvent::went_on;
  std::vector<std::string> ids;
  Known known;
};
/// The instance is in the inbox. Pull::recorded() is called when it is recorded or a dead letter, perhaps before this
/// end.
struct Kept {
  static constexpr PullEvent event = PullEvent::went_on;
  std::string study_uid;
};
/// Nothing is left to do: it is unchanged, must not be fetched, or is a dead letter.
struct Through {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// Another pull has the instance. Pull::examine_again() is called when that one has finished with it, perhaps before
/// this end.
struct Waits {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The instance was recorded after the catalog query.
struct Outdated {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The source, or this process, is overloaded: the step is repeated.
struct Refused {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The listing must be repeated as a single request.
struct NotTold {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// Orthanc does not have it (any more). The rest continues.
struct Absent {
  static constexpr PullEvent event = PullEvent::absent;
};
/// The same for a study that a caller has requested; the caller gets the error.
struct NoSuchStudy {
  static constexpr PullEvent event = PullEvent::for_good;
};
/// A temporary failure. The rest continues, up to 20 failures.
struct Failed {
  static constexpr PullEvent event = PullEvent::failed;
  Error why;
};
/// The pull continues later with a new claim: it was stopped (`cancelled`), or there is an outage.
struct GivenBack {
  static constexpr PullEvent event = PullEvent::cancelled;
  Error why;
};

}  // namespace ended

using StepEnd =
    std::variant<ended::Listed, ended::Found, ended::Kept, ended::Through, ended::Waits, ended::Outdated,
                 ended::Refused, ended::NotTold, ended::Absent, ended::NoSuchStudy, ended::Failed, ended::GivenBack>;

template <typename How>
bool is(const StepEnd& how) {
  return std::holds_alternative<How>(how);
}

/// Why a fetch failed: an answer of the source, for the Judge, or an outage of another part.
struct FetchError {
  FetchError(Error error, bool is_outage = false) : why(std::move(error)), outage(is_outage) {}
  Error why;
  bool outage;
};

}  // namespace dmw::sources
