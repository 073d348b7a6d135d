#include "app/readiness.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace dmw::app {
namespace {

using State = api::PartState::State;
using namespace std::chrono_literals;

api::PartState part(const Observed& observed, const char* name) {
  const std::vector<api::PartState> parts = part_states(observed);
  const auto found = std::ranges::find(parts, name, &api::PartState::name);
  return found == parts.end() ? api::PartState{} : *found;
}

TEST(Readiness, SaysHowFarTheSpoolIsReadAgain) {
  const api::PartState inbox = part({.recovering = inbox::Recovering{1'204, 8'312}}, "inbox");
  EXPECT_EQ(inbox.state, State::ok);
  EXPECT_EQ(inbox.reason, "1,204 of 8,312 instances of the spool are read again");
}

TEST(Readiness, EachPartSaysWhatIsWrongWithItself) {
  Observed observed{.catalog = {.paused = true, .since = 20, .reason = "PostgreSQL: the connection was lost"},
                    .lanes = {{"ingest", {.paused = true, .since = 30, .reason = "PostgreSQL: away"}},
                              {"settle", {.failing = true, .since = 10, .reason = "a row is wrong"}},
                              {"erase", {}}}};
  const api::PartState catalog = part(observed, "catalog");
  EXPECT_EQ(catalog.state, State::degraded);
  EXPECT_EQ(catalog.reason, "PostgreSQL: the connection was lost");
  EXPECT_EQ(catalog.since, 20);
  EXPECT_EQ(part(observed, "store").state, State::ok);
  observed.refused = "2 instances wait in the inbox";
  EXPECT_TRUE(part(observed, "lanes").reason.ends_with("; ingest: 2 instances wait in the inbox"));
  observed.refused.clear();
  const api::PartState lanes = part(observed, "lanes");
  EXPECT_EQ(lanes.state, State::degraded);
  EXPECT_EQ(lanes.reason, "ingest: PostgreSQL: away; settle: a row is wrong");
  EXPECT_EQ(lanes.since, 10);

  observed = {.store = {.paused = true, .since = 5, .reason = "no space left"}};
  EXPECT_EQ(part(observed, "store").reason, "no space left");
  EXPECT_EQ(part(observed, "catalog").state, State::ok);
  EXPECT_EQ(part(observed, "lanes").state, State::ok);
}

TEST(Readiness, TellsOfACatalogThatHangs) {
  Observed observed{.catalog = {.busy = 4s}, .now = 60'000'000};
  EXPECT_EQ(part(observed, "catalog").state, State::ok);
  observed.catalog.busy = 10s;
  const api::PartState catalog = part(observed, "catalog");
  EXPECT_EQ(catalog.state, State::degraded);
  EXPECT_EQ(catalog.reason, "it does not answer");
  EXPECT_EQ(catalog.since, 50'000'000);
}

TEST(Readiness, OrthancSaysHowFarTheBackfillIs) {
  sources::OrthancState orthanc{.leading = true};
  const auto told = [&] { return part({.orthanc = orthanc}, "orthanc"); };
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
  orthanc.barren = true;
  orthanc.since = 7;
  orthanc.reason = "it gives no file";
  EXPECT_EQ(told().state, State::degraded);
  EXPECT_EQ(told().reason, "it gives no file");
  EXPECT_EQ(told().since, 7);
}

TEST(Readiness, TheBrokerSpeaksForItselfAlone) {
  using Relay = events::Relay::State;
  EXPECT_EQ(part({.relays = {Relay{}}}, "broker").reason, "not asked yet");
  Relay relay{.kind = Relay::Kind::paused, .reason = "SQLite: database is locked", .lag = 3};
  EXPECT_EQ(part({.relays = {relay}}, "broker").state, State::ok);
  relay.sink_away = {.since = 42, .reason = "no Kafka broker answers"};
  const api::PartState broker = part({.relays = {relay}}, "broker");
  EXPECT_EQ(broker.state, State::degraded);
  EXPECT_EQ(broker.reason, "no Kafka broker answers; 3 events wait");
  EXPECT_EQ(broker.since, 42);
}

TEST(Readiness, EachTopicTellsItsTroubleAndAClusterThatIsAwayIsToldOnce) {
  using Relay = events::Relay::State;
  const Relay well{.kind = Relay::Kind::running, .reason = ""};
  const Relay missing{.kind = Relay::Kind::paused,
                      .reason = "",
                      .lag = 1,
                      .sink_away = Relay::Away{.since = 42, .reason = "the topic dlq is missing", .is_alone = true}};
  EXPECT_EQ(part({.relays = {well, missing}}, "broker").state, State::degraded);
  EXPECT_EQ(part({.relays = {well, missing}}, "broker").reason, "the topic dlq is missing; 1 event waits");
  const Relay slow{.kind = Relay::Kind::paused,
                   .reason = "",
                   .lag = 3,
                   .sink_away = Relay::Away{.since = 7, .reason = "no acknowledgement", .is_alone = true}};
  EXPECT_EQ(part({.relays = {slow, missing}}, "broker").reason,
            "no acknowledgement; 3 events wait. the topic dlq is missing; 1 event waits");
  EXPECT_EQ(part({.relays = {slow, missing}}, "broker").since, 7);
  const Relay away{
      .kind = Relay::Kind::paused, .reason = "", .sink_away = Relay::Away{.since = 7, .reason = "nobody answers"}};
  EXPECT_EQ(part({.relays = {away, away}}, "broker").reason, "nobody answers");
}

TEST(Readiness, OnlyAnInboxThatTakesNothingTakesTheProgramOutOfService) {
  EXPECT_EQ(part({.inbox_fill = 0.6}, "inbox").state, State::degraded);
  const api::PartState down =
      part({.inbox_fill = 0.1, .intake = IntakeWatch::Refusal{"the disk is broken", 7}}, "inbox");
  EXPECT_EQ(down.state, State::down);
  EXPECT_EQ(down.reason, "the disk is broken");
  EXPECT_EQ(down.since, 7);
  EXPECT_EQ(part({.stranded = {"host:/inbox"}}, "inbox").reason, "inbox_stranded: host:/inbox");
}

}  // namespace
}  // namespace dmw::app
