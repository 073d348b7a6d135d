// PullState: where a request is on its way, as one table of states and events. Pull keeps what is left to do and says
// what happens to it; the table alone says what follows.
#pragma once

#include <string_view>

namespace dmw::sources {

enum class PullState {
  listing,     ///< asks what the study has
  working,     ///< lists series, looks instances up, fetches them
  lacking,     ///< as working; something has failed that may succeed later
  giving_up,   ///< begins nothing more: too much has failed; steps under way end
  failing,     ///< begins nothing more: it has failed for good; steps under way end
  awaiting,    ///< everything is kept; not all of it is recorded yet
  done,        ///< ended: every instance is recorded, set aside, or not there
  try_again,   ///< ended: the request comes again
  failed,      ///< ended for good
  given_back,  ///< ended here: the request goes on later, as if it had not been claimed
};
inline constexpr int pull_states = 10;

enum class PullEvent {
  listed,     ///< what the study has is known
  went_on,    ///< a step ended in a way that changes nothing of what the pull is about
  absent,     ///< the source has not got something that it named; while listing, the study
  failed,     ///< a step has failed for now
  gave_up,    ///< the last of so many failures as are borne
  for_good,   ///< the whole request cannot succeed
  drained,    ///< no step is under way, and none will come
  recorded,   ///< all that is kept is recorded
  cancelled,  ///< an outage, a claim that is over, or the stop of the program
};
inline constexpr int pull_events = 9;

PullState after(PullState state, PullEvent event);

/// No further step begins.
bool is_stopped(PullState state);
/// Nothing changes it any more.
bool is_ended(PullState state);

std::string_view name(PullState state);

}  // namespace dmw::sources
