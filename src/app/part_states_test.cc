// What the parts say of themselves, from what is known of them.
#include <gtest/gtest.h>

#include "app/intake_watch.h"
#include "app/outlets.h"
#include "app/watches.h"

namespace dmw::app {
namespace {

using State = PartState::State;
using namespace std::chrono_literals;

TEST(Watched, SaysWhyItsPartIsNotWell) {
  EXPECT_EQ(watched("store", "the volume of /data", {}, 0).state, State::ok);
  const PartState store =
      watched("store", "the volume of /data", {.paused = true, .since = 5, .reason = "no space left"}, 0);
  EXPECT_EQ(store.name, "store");
  EXPECT_EQ(store.state, State::degraded);
  EXPECT_EQ(store.reason, "no space left");
  EXPECT_EQ(store.since, 5);
}

TEST(Watched, TellsOfACatalogThatHangs) {
  EXPECT_EQ(watched("catalog", "PostgreSQL at db", {.busy = 4s}, 60'000'000).state, State::ok);
  const PartState catalog = watched("catalog", "PostgreSQL at db", {.busy = 10s}, 60'000'000);
  EXPECT_EQ(catalog.state, State::degraded);
  EXPECT_EQ(catalog.reason, "PostgreSQL at db has not answered for 5 s; waiting for it");
  EXPECT_EQ(catalog.since, 50'000'000);
}

TEST(OutletState, SpeaksForTheBrokerAlone) {
  using Relay = events::Relay::State;
  EXPECT_EQ(outlet_state("broker", {Relay{}}).reason, "not checked yet");
  Relay relay{.kind = Relay::Kind::paused, .reason = "SQLite: database is locked", .lag = 3};
  EXPECT_EQ(outlet_state("broker", {relay}).state, State::ok);
  EXPECT_EQ(outlet_state("broker", {relay}).reason, "not checked now: SQLite: database is locked")
      << "the catalog says so too";
  relay.sink_away = {.since = 42, .reason = "no Kafka broker answers"};
  const PartState broker = outlet_state("broker", {relay});
  EXPECT_EQ(broker.state, State::degraded);
  EXPECT_EQ(broker.reason, "no Kafka broker answers; 3 events are waiting");
  EXPECT_EQ(broker.since, 42);
}

TEST(OutletState, SaysForHowManyEventsItWasGivenUp) {
  using Relay = events::Relay::State;
  const Relay away{.kind = Relay::Kind::paused,
                   .reason = "",
                   .lag = 2,
                   .sink_away = Relay::Away{.since = 7, .reason = "nobody answers"},
                   .passed_over = 12};
  const PartState archive = outlet_state("broker.archive", {away});
  EXPECT_EQ(archive.name, "broker.archive");
  EXPECT_EQ(archive.reason, "nobody answers; 2 events are waiting; 12 events were skipped");
}

TEST(OutletState, EachTopicTellsItsTroubleAndAClusterThatIsAwayIsToldOnce) {
  using Relay = events::Relay::State;
  const Relay well{.kind = Relay::Kind::running, .reason = ""};
  const Relay missing{.kind = Relay::Kind::paused,
                      .reason = "",
                      .lag = 1,
                      .sink_away = Relay::Away{.since = 42, .reason = "the topic dlq is missing", .is_alone = true}};
  EXPECT_EQ(outlet_state("broker", {well, missing}).state, State::degraded);
  EXPECT_EQ(outlet_state("broker", {well, missing}).reason, "the topic dlq is missing; 1 event is waiting");
  const Relay slow{.kind = Relay::Kind::paused,
                   .reason = "",
                   .lag = 3,
                   .sink_away = Relay::Away{.since = 7, .reason = "no acknowledgement", .is_alone = true}};
  EXPECT_EQ(outlet_state("broker", {slow, missing}).reason,
            "no acknowledgement; 3 events are waiting. the topic dlq is missing; 1 event is waiting");
  EXPECT_EQ(outlet_state("broker", {slow, missing}).since, 7);
  const Relay away{
      .kind = Relay::Kind::paused, .reason = "", .sink_away = Relay::Away{.since = 7, .reason = "nobody answers"}};
  EXPECT_EQ(outlet_state("broker", {away, away}).reason, "nobody answers");
}

TEST(InboxState, OnlyAnInboxThatTakesNothingTakesTheProgramOutOfService) {
  EXPECT_EQ(inbox_state({.fill = 0.6}, {}).state, State::degraded);
  const PartState down = inbox_state({.fill = 0.1}, IntakeWatch::Refusal{"the disk is broken", 7});
  EXPECT_EQ(down.state, State::down);
  EXPECT_EQ(down.reason, "the disk is broken");
  EXPECT_EQ(down.since, 7);
  EXPECT_EQ(inbox_state({.stranded = {"host:/inbox"}}, {}).reason, "inbox_stranded: host:/inbox");
}

TEST(InboxState, TellsOfADiskThatHangsBeforeItTakesTheProgramOutOfService) {
  const PartState hangs = inbox_state({.silent = 6s}, {});
  EXPECT_EQ(hangs.state, State::degraded);
  EXPECT_EQ(hangs.reason, "the disk of the inbox has not responded for 5 s; waiting for it");
  EXPECT_EQ(inbox_state({.silent = 4s}, {}).state, State::ok);
}

TEST(InboxState, SaysHowFarTheSpoolIsReadAgain) {
  const PartState inbox = inbox_state({.recovering = inbox::Recovering{1'204, 8'312}}, {});
  EXPECT_EQ(inbox.state, State::ok);
  EXPECT_EQ(inbox.reason, "1,204 of 8,312 instances of the spool have been read again");
}

}  // namespace
}  // namespace dmw::app
