#include <gtest/gtest.h>

#include "sources/orthanc/orthanc_source.h"

namespace dmw::sources {
namespace {

using State = PartState::State;

TEST(OrthancPartState, SaysHowFarTheBackfillIs) {
  OrthancProgress orthanc{.leading = true};
  const auto told = [&] { return orthanc_state("orthanc", orthanc); };
  EXPECT_EQ(told().reason, "");
  orthanc.comparison = {.running = true, .studies = 8'312, .compared = 1'204, .waiting = 310};
  EXPECT_EQ(told().reason, "backfill: 1,204 of 8,312 studies compared, 310 waiting");
  EXPECT_EQ(told().state, State::ok);
  orthanc.comparison = {.running = true, .studies = {}, .compared = 99};
  EXPECT_EQ(told().reason, "backfill: 99 studies compared");
  orthanc.comparison = {.studies = 8'312, .compared = 8'312, .waiting = 12};
  EXPECT_EQ(told().reason, "backfill: all studies compared, 12 waiting");
  orthanc.comparison = {.studies = 8'312, .compared = 0, .incomplete = true};
  EXPECT_EQ(told().state, State::degraded);
  orthanc.comparison = {.studies = 8'312, .compared = 8'312};
  EXPECT_EQ(told().reason, "");
}

TEST(OrthancPartState, IsDegradedByAPauseAndByALimit) {
  const PartState paused = orthanc_state("orthanc", {.paused = true, .since = 5, .reason = "connection refused"});
  EXPECT_EQ(paused.state, State::degraded);
  EXPECT_EQ(paused.reason, "connection refused");
  EXPECT_EQ(paused.since, 5);
  EXPECT_EQ(orthanc_state("orthanc", {.limited = true}).state, State::degraded);
  EXPECT_EQ(orthanc_state("orthanc", {.since = 7, .barren = true}).since, 7);
}

TEST(OrthancPartState, TellsOfRequestsWhoseEndTheCatalogRefuses) {
  const PartState state = orthanc_state("orthanc", {.unnoted = lane::Aside::State{1, 9, "study 1.2: not this one"}});
  EXPECT_EQ(state.state, State::degraded);
  EXPECT_EQ(state.reason, "requests: study 1.2: not this one");
  EXPECT_EQ(state.since, 9);
}

}  // namespace
}  // namespace dmw::sources
