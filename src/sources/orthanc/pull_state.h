// PullState: the progress of a request, as one table of states and events. Pull has the remaining work and reports
// events; only the table decides the next state.
#pragma once

#include <string_view>

namespace dmw::sources {

enum class PullState {
  listing,     ///< reads the list of the study's series
  working,     ///< lists series, looks instances up, fetches them
  lacking,     ///< as working; a step has failed that may succeed later
  giving_up,   ///< starts no further step, because too many have failed; running steps end
  failing,     ///< starts no further step, because it has failed permanently; running steps end
  awaiting,    ///< all instances are kept, but not all are recorded yet
  done,        ///< ended: each instance is recorded, a dead letter, or absent
  try_again,   ///< ended: the request is repeated later
  failed,      ///< ended: failed permanently
  given_back,  ///< ended here: the request continues later, as if it had not been claimed
};
inline constexpr int pull_states = 10;

enum class PullEvent {
  listed,     ///< the series of the study are known
  went_on,    ///< a step ended without a further effect
  absent,     ///< the source does not have something that it named; while listing, the study
  failed,     ///< a step has failed temporarily
  gave_up,    ///< too many steps have failed
  for_good,   ///< the whole request cannot succeed
  drained,    ///< no step is running, and none will follow
  recorded,   ///< all kept instances are recorded
  cancelled,  ///< an outage, the end of the claim, or the stop of the program
};
inline constexpr int pull_events = 9;

PullState after(PullState state, PullEvent event);

/// Whether no further step starts in this state.
bool is_stopped(PullState state);
/// Whether this state is final.
bool is_ended(PullState state);

std::string_view name(PullState state);

}  // namespace dmw::sources
