#include "sources/orthanc/pull_state.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

std::vector<PullState> all_states() {
  std::vector<PullState> all;
  for (int n = 0; n < pull_states; ++n) all.push_back(static_cast<PullState>(n));
  return all;
}
std::vector<PullEvent> all_events() {
  std::vector<PullEvent> all;
  for (int n = 0; n < pull_events; ++n) all.push_back(static_cast<PullEvent>(n));
  return all;
}

TEST(PullState, AnEndIsAnEnd) {
  for (const PullState state : all_states()) {
    if (!is_ended(state)) continue;
    EXPECT_TRUE(is_stopped(state));
    for (const PullEvent event : all_events()) EXPECT_EQ(after(state, event), state) << name(state);
  }
}

TEST(PullState, EachStateThatIsNoEndComesToOne) {
  for (const PullState first : all_states()) {
    PullState state = first;
    for (const PullEvent event : {PullEvent::listed, PullEvent::drained, PullEvent::recorded})
      state = after(state, event);
    EXPECT_TRUE(is_ended(state)) << name(first) << " comes to " << name(state);
  }
}

TEST(PullState, NothingBeginsAgainThatWasStopped) {
  for (const PullState state : all_states()) {
    if (!is_stopped(state)) continue;
    for (const PullEvent event : all_events()) EXPECT_TRUE(is_stopped(after(state, event))) << name(state);
  }
}

TEST(PullState, WhatHasFailedIsNeverDone) {
  std::vector<PullState> states = {PullState::lacking, PullState::giving_up, PullState::failing};
  for (const PullState state : states) {
    for (const PullEvent event : all_events()) {
      const PullState next = after(state, event);
      EXPECT_NE(next, PullState::done) << name(state);
      EXPECT_NE(next, PullState::awaiting) << name(state);
      EXPECT_NE(next, PullState::working) << name(state);
      EXPECT_NE(next, PullState::listing) << name(state);
    }
  }
}

TEST(PullState, ALimitAndAnAbsenceChangeNothingOfTheWay) {
  for (const PullState state : all_states()) {
    EXPECT_EQ(after(state, PullEvent::went_on), state) << name(state);
    const bool lists = state == PullState::listing;
    EXPECT_EQ(after(state, PullEvent::absent), lists ? PullState::working : state) << name(state);
  }
}

TEST(PullState, OnlyWhatNeedsItsSourceIsGivenBack) {
  for (const PullState state : all_states()) {
    const bool needs_it = !is_ended(state) && state != PullState::awaiting;
    EXPECT_EQ(after(state, PullEvent::cancelled) == PullState::given_back, needs_it || state == PullState::given_back)
        << name(state);
  }
}

struct Way {
  std::vector<PullEvent> events;
  PullState end;
};

TEST(PullState, TheWaysOfRequests) {
  using enum PullEvent;
  const std::vector<Way> ways = {
      {{listed, drained, recorded}, PullState::done},
      {{listed, went_on, went_on, drained, recorded}, PullState::done},
      {{listed, absent, drained, recorded}, PullState::done},
      {{absent, drained, recorded}, PullState::done},
      {{failed, listed, drained}, PullState::try_again},
      {{listed, failed, recorded, drained}, PullState::try_again},
      {{listed, failed, gave_up, drained}, PullState::try_again},
      {{for_good, listed, drained}, PullState::failed},
      {{listed, gave_up, for_good, drained}, PullState::failed},
      {{listed, cancelled, drained, recorded}, PullState::given_back},
      {{listed, drained, cancelled, recorded}, PullState::done},
  };
  for (std::size_t n = 0; n < ways.size(); ++n) {
    PullState state = PullState::listing;
    for (const PullEvent event : ways[n].events) state = after(state, event);
    EXPECT_EQ(state, ways[n].end) << n << ": " << name(state);
  }
}

}  // namespace
}  // namespace dmw::sources
