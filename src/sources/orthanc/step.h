// Step: one thing of a pull for a fetcher to do, and StepEnd: how it ended, with what it brought.
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
    study,    ///< ask for the study's series
    series,   ///< ask for the series' instances
    look_up,  ///< ask the catalog which of these are known
    fetch,    ///< bring the instance, unless it is known under its present tag
  };
  Kind kind = Kind::study;
  std::string id{};
  std::string known_tag{};                // of a fetch
  std::optional<OrthancInstance> told{};  // of a fetch: what the source told of the file, where it told of many
  std::uint64_t moment = 0;               // of a fetch: when the catalog was asked (UnderWay)
  bool alone = false;                     // of a listing: not to be asked for together with others
  std::vector<std::string> ids{};         // of a look-up
  int refusals = 0;                       // how often it came back because it was refused for the load
};

/// What the catalog knew of some instances, and when, and what the source told of those of which it told.
struct Known {
  catalog::Tags tags{};
  std::uint64_t moment = 0;
  OrthancInstances told{};
  std::size_t unchanged = 0;  // those that are known in these bytes, and left out
};

/// The ways in which a step ends. Each is one event for its pull (PullState).
namespace ended {

/// Without series where the study is passed over.
struct Listed {
  static constexpr PullEvent event = PullEvent::listed;
  OrthancStudy study;
};
/// Of a series or a look-up: these instances are to be fetched.
struct Found {
  static constexpr PullEvent event = PullEvent::went_on;
  std::vector<std::string> ids;
  Known known;
};
/// The instance is in the inbox; Pull::recorded() is called when it is recorded or set aside, even before the end.
struct Kept {
  static constexpr PullEvent event = PullEvent::went_on;
  std::string study_uid;
};
/// There is nothing left to do: it is unchanged, stays away, or is a dead letter.
struct Through {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// Another pull has the instance; Pull::examine_again() is called when that one leaves it, even before the end.
struct Waits {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The instance was recorded after the catalog was asked.
struct Outdated {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The source, or this process, can do less at once: the step comes again.
struct Refused {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// The listing is to be asked for again, not together with others.
struct NotTold {
  static constexpr PullEvent event = PullEvent::went_on;
};
/// Orthanc has not got it (any more). The rest goes on.
struct Absent {
  static constexpr PullEvent event = PullEvent::absent;
};
/// The same of a study for which somebody asked, and who is told.
struct NoSuchStudy {
  static constexpr PullEvent event = PullEvent::for_good;
};
/// It may succeed later. The rest goes on, up to 20 failures.
struct Failed {
  static constexpr PullEvent event = PullEvent::failed;
  Error why;
};
/// The pull goes on later, in another claim: it was stopped (`cancelled`), or everybody waits for an outage.
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

/// Why an instance did not come: what its source said, which is to be judged, or an outage of something else.
struct FetchError {
  FetchError(Error error, bool is_outage = false) : why(std::move(error)), outage(is_outage) {}
  Error why;
  bool outage;
};

}  // namespace dmw::sources
