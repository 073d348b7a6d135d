#include "events/relay.h"

#include <condition_variable>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/test_replica.h"
#include "testing/manual_clock.h"

namespace dmw::events {
namespace {

using testing::HasSubstr;

void expect_in_order_from(std::int64_t first, const std::vector<Event>& got, std::size_t count) {
  ASSERT_EQ(got.size(), count);
  for (std::size_t n = 0; n < got.size(); ++n) ASSERT_EQ(got[n].position, first + static_cast<std::int64_t>(n));
}

TEST(Relay, PublishesTenThousandEventsInOrderWithoutAGap) {
  TestLog log;
  for (int n = 0; n < 20; ++n) log.append(500);
  Replica replica(log);
  replica.pass_until_idle();
  expect_in_order_from(1, replica.sink.got, 10'000);
  EXPECT_EQ(log.position(), 10'000);
  EXPECT_EQ(replica.told.back(), 10'000);
  EXPECT_THAT(replica.metrics.text(), HasSubstr("dicom_middleware_stage_seconds_count{stage=\"publish\"} 20\n"));
  const Relay::State state = replica.relay.state();
  EXPECT_EQ(state.kind, Relay::State::Kind::running);
  EXPECT_EQ(state.position, 10'000);
  EXPECT_EQ(state.lag, 0);
}

TEST(Relay, PublishesNothingAgainBecauseTheCatalogWentAwayBeforeItCouldBeTold) {
  TestLog log;
  log.append(10);
  Replica replica(log);
  ASSERT_TRUE(log.database().write([](db::Transaction& t) {
    return t.script(
        "create trigger away before update of position on sinks when new.position > old.position "
        "begin select raise(abort, 'away'); end");
  }));
  EXPECT_FALSE(replica.relay.pass());
  EXPECT_EQ(log.position(), 0);
  ASSERT_TRUE(log.database().write([](db::Transaction& t) { return t.script("drop trigger away"); }));
  log.append(5);
  replica.pass_until_idle();
  expect_in_order_from(1, replica.sink.got, 15);
  EXPECT_EQ(log.position(), 15);
}

TEST(Relay, PublishesWhatComesAfterTheCatalogWentBack) {
  TestLog log;
  log.append(6);
  Replica replica(log);
  replica.pass_until_idle();
  ASSERT_TRUE(log.database().write([](db::Transaction& t) {
    return t.script(
        "delete from events where position > 3; update event_head set position = 3; update sinks set position = 3");
  }));
  const auto rename = [&](const char* from, const char* to) {
    ASSERT_TRUE(log.database().write(
        [&](db::Transaction& t) { return t.script(format("alter table {} rename to {}", from, to)); }));
  };
  // It was away meanwhile: so the relay asks where it stands before its lease is due.
  rename("events", "away");
  EXPECT_FALSE(replica.relay.pass());
  rename("away", "events");
  log.append(2);
  replica.pass_until_idle();
  ASSERT_EQ(replica.sink.got.size(), 8U);
  EXPECT_EQ(replica.sink.got[6].position, 4);
  EXPECT_EQ(log.position(), 5);
}

TEST(Relay, GoesOnAtOnceWhereTheBytesOfAWindowEndIt) {
  TestLog log;
  log.append(100, 100, 200'000);
  Replica replica(log);
  replica.pass_until_idle();
  expect_in_order_from(1, replica.sink.got, 100);
}

TEST(Relay, ResumesAfterTheLastSuccessInTheMiddleOfAWindow) {
  TestLog log;
  log.append(1'200);
  Replica replica(log);
  replica.sink.refuses = {700};
  ASSERT_TRUE(replica.relay.pass());
  const Result<bool> paused = replica.relay.pass();
  ASSERT_FALSE(paused);
  EXPECT_EQ(log.position(), 699);
  const Relay::State state = replica.relay.state();
  EXPECT_EQ(state.kind, Relay::State::Kind::paused);
  EXPECT_THAT(state.reason, HasSubstr("the sink is away"));
  EXPECT_EQ(state.lag, 501);
  replica.sink.refuses.clear();
  replica.pass_until_idle();
  expect_in_order_from(1, replica.sink.got, 1'200);
}

TEST(Relay, BeginsWithWhatIsKeptWhenItIsConfiguredLate) {
  TestLog log;
  log.append(10);
  ASSERT_TRUE(catalog::forget_events(log.database(), catalog::log_range(log.database()).value().last, 4));
  Replica replica(log);
  replica.pass_until_idle();
  expect_in_order_from(5, replica.sink.got, 6);
  // And when events went that it had not read, as an older version let them go.
  log.append(10);
  ASSERT_TRUE(log.database().write([](db::Transaction& transaction) -> Result<> {
    TRY(transaction.query("delete from events where position < 15"));
    return {};
  }));
  EXPECT_FALSE(replica.relay.pass());
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.got.size(), 12U);
  EXPECT_EQ(log.position(), 20);
}

TEST(Relay, PausesWhateverTheSinkSays) {
  TestLog log;
  log.append(3);
  Replica replica(log);
  replica.sink.refuses = {2};
  for (const Errc code : {Errc::invalid, Errc::unauthorized, Errc::too_large, Errc::not_found, Errc::internal}) {
    replica.sink.code = code;
    const Result<bool> paused = replica.relay.pass();
    ASSERT_FALSE(paused);
    EXPECT_TRUE(paused.error().transient()) << name(code);
  }
  EXPECT_EQ(log.position(), 1);
}

TEST(Relay, SaysThatTheCatalogRefusesToNoteWhatIsPublishedAndPublishesItOnce) {
  TestLog log;
  Replica replica(log);
  replica.pass_until_idle();
  const auto change = [&](const char* sql) {
    ASSERT_TRUE(log.database().write([&](db::Transaction& t) { return t.script(sql); }));
  };
  change(
      "create trigger quiet before update on sinks when new.position > old.position begin select raise(ignore); end");
  log.append(3);
  testing::internal::CaptureStderr();
  for (int tried = 0; tried < 3; ++tried) {
    const Result<bool> passed = replica.relay.pass();
    ASSERT_FALSE(passed);
    EXPECT_EQ(passed.error().code, Errc::refused) << passed.error().message();
    ASSERT_TRUE(replica.relay.state().sink_away);
    EXPECT_NE(replica.relay.state().sink_away->reason.find("of the table sinks without an error"), std::string::npos);
  }
  change("drop trigger quiet");
  replica.pass_until_idle();
  const std::string said = testing::internal::GetCapturedStderr();
  const std::size_t line = said.find("publishing stopped");
  EXPECT_NE(line, said.npos) << said;
  EXPECT_EQ(said.find("publishing stopped", line + 1), said.npos) << said;
  EXPECT_NE(said.find("back after"), said.npos) << said;
  EXPECT_FALSE(replica.relay.state().sink_away);
  EXPECT_EQ(log.position(), 3);
  expect_in_order_from(1, replica.sink.got, 3);
}

TEST(Relay, TellsOnceThatTheSinkIsAwayAndThatItIsBack) {
  TestLog log;
  log.append(1);
  Replica replica(log);
  replica.sink.refuses = {1};
  EXPECT_EQ(story_of([&] {
              for (int n = 0; n < 3; ++n) EXPECT_FALSE(replica.relay.pass());
            }),
            "WARN  first  not reachable; 1 event is waiting; files are still accepted: the sink is away\n");
  log.append(4);
  replica.clock.advance(std::chrono::seconds(38));
  replica.sink.refuses = {3};
  EXPECT_EQ(story_of([&] { EXPECT_FALSE(replica.relay.pass()); }), "") << "it takes some, and not all";
  replica.sink.refuses = {};
  EXPECT_EQ(story_of([&] { replica.pass_until_idle(); }), "first  back after 38 s; 5 published\n");
  EXPECT_EQ(story_of([&] { replica.pass_until_idle(); }), "");
}

TEST(Relay, TellsHowManyStillWaitWhenTheSinkIsBack) {
  TestLog log;
  log.append(1'200);
  Replica replica(log);
  replica.sink.refuses = {1};
  EXPECT_EQ(story_of([&] { EXPECT_FALSE(replica.relay.pass()); }),
            "WARN  first  not reachable; 1200 events are waiting; files are still accepted: the sink is away\n");
  replica.sink.refuses = {};
  replica.clock.advance(std::chrono::minutes(90));
  EXPECT_EQ(story_of([&] { replica.pass_until_idle(); }), "first  back after 90 min; 500 published, 700 waiting\n");
}

TEST(Relay, AsksASinkThatGetsNothingWhetherItIsThere) {
  TestLog log;
  Replica replica(log);
  replica.sink.answers = false;
  EXPECT_EQ(story_of([&] {
              for (int n = 0; n < 3; ++n) EXPECT_FALSE(replica.relay.pass());
            }),
            "WARN  first  not reachable; files are still accepted: nobody is let in\n")
      << "from the start";
  EXPECT_EQ(replica.relay.state().kind, Relay::State::Kind::paused);
  EXPECT_EQ(replica.relay.state().sink_away->reason, "nobody is let in");
  replica.sink.complaint = "a topic is missing";
  EXPECT_EQ(story_of([&] {
              for (int n = 0; n < 3; ++n) EXPECT_FALSE(replica.relay.pass());
            }),
            "WARN  first  not reachable; files are still accepted: a topic is missing\n")
      << "another cause";
  EXPECT_EQ(replica.relay.state().sink_away->reason, "a topic is missing") << "what is wrong now";
  replica.sink.answers = true;
  replica.clock.advance(std::chrono::seconds(4));
  EXPECT_EQ(story_of([&] { replica.pass_until_idle(); }), "first  back after 4 s; 0 published\n");
  EXPECT_EQ(replica.relay.state().kind, Relay::State::Kind::running);
  EXPECT_FALSE(replica.relay.state().sink_away);
  const int probes = replica.sink.probes;
  replica.clock.advance(std::chrono::seconds(9));
  log.append(1);
  replica.pass_until_idle();
  replica.clock.advance(std::chrono::seconds(9));
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.probes, probes) << "one that takes events is there";
  replica.clock.advance(std::chrono::seconds(1));
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.probes, probes + 1);
}

TEST(Relay, WaitsForASlowSinkAndGivesItNothingTwice) {
  TestLog log;
  log.append(40);
  Replica replica(log);
  int asked = 0;
  bool told_since = false;
  // For ten minutes, which is longer than every lease.
  replica.sink.silent = [&] {
    replica.clock.advance(std::chrono::seconds(1));
    if (asked == 300) log.append(7);
    if (asked == 310) {
      const Relay::State state = replica.relay.state();
      told_since = state.kind == Relay::State::Kind::paused && state.sink_away->is_alone && state.lag == 47 &&
                   replica.clock.now() - state.sink_away->since > 300'000'000;
    }
    return ++asked < 600;
  };
  EXPECT_EQ(
      story_of([&] { replica.pass_until_idle(); }),
      "WARN  first  no acknowledgement; 40 events are waiting; files are still accepted: no acknowledgement for 5 s\n"
      "first  back after 10 min; 40 published, 7 waiting\n");
  EXPECT_TRUE(told_since) << "while it lasts";
  replica.pass_until_idle();
  expect_in_order_from(1, replica.sink.got, 47);
  EXPECT_EQ(replica.sink.windows, 2);
  EXPECT_EQ(log.position(), 47);
  Replica two(log, "two");
  ASSERT_TRUE(two.relay.pass());
  EXPECT_EQ(two.relay.state().kind, Relay::State::Kind::standby) << "the lease was kept";
}

TEST(Relay, GivesTheWindowUpWhenAnotherReplicaTookTheSinkMeanwhile) {
  TestLog log;
  log.append(10);
  Replica one(log, "one");
  Replica two(log, "two");
  int asked = 0;
  one.sink.silent = [&] {
    if (++asked == 5) {
      EXPECT_TRUE(catalog::release_sink(log.database(), "first", "one"));
      two.pass_until_idle();
    }
    one.clock.advance(std::chrono::seconds(1));
    return asked < 100;
  };
  ASSERT_TRUE(one.relay.pass());
  EXPECT_LT(asked, 20) << "it does not wait on";
  EXPECT_EQ(one.relay.state().kind, Relay::State::Kind::standby);
  EXPECT_EQ(log.position(), 10);
}

TEST(Relay, EndsWithinItsPatienceWhileTheSinkIsSilent) {
  TestLog log;
  log.append(10);
  Replica replica(log);
  int asked = 0;
  replica.sink.silent = [&] {
    if (++asked == 3) replica.relay.end_within(std::chrono::seconds(5));
    replica.clock.advance(std::chrono::seconds(1));
    return asked < 100;
  };
  ASSERT_TRUE(replica.relay.pass());
  EXPECT_LT(asked, 10);
  replica.relay.stop();
  EXPECT_EQ(log.position(), 0);
  Replica next(log, "next");
  next.pass_until_idle();
  expect_in_order_from(1, next.sink.got, 10);
}

TEST(Relay, GivesASinkOnlyWhatItHasNot) {
  TestLog log;
  log.append(100, 10);
  Replica replica(log);
  replica.sink.in_order = false;
  replica.sink.refuses = {42};
  replica.sink.code = Errc::too_large;
  for (int n = 0; n < 5; ++n) EXPECT_FALSE(replica.relay.pass());
  EXPECT_EQ(log.position(), 41);
  EXPECT_EQ(replica.sink.got.size(), 94U) << "those of its key behind it wait";
  EXPECT_TRUE(replica.relay.state().sink_away->is_alone);
  replica.sink.refuses = {};
  log.append(3, 10);
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.got.size(), 103U);
  std::set<std::int64_t> positions;
  for (const Event& event : replica.sink.got) EXPECT_TRUE(positions.insert(event.position).second) << event.position;
  EXPECT_EQ(log.position(), 103);
}

TEST(Relay, TheTroubleOfOneTopicIsThatTopicsAlone) {
  TestLog log;
  Replica studies(log);
  Replica letters(log, "one", Topic::dead_letters);
  letters.sink.answers = false;
  letters.sink.refuses = {6};
  log.append(5);
  log.append(1, 10, 0, Topic::dead_letters);
  log.append(5);
  EXPECT_FALSE(letters.relay.pass());
  studies.pass_until_idle();
  EXPECT_EQ(studies.sink.got.size(), 10U);
  EXPECT_EQ(log.position(), 11);
  EXPECT_EQ(studies.relay.state().lag, 0);
  EXPECT_EQ(letters.relay.state().kind, Relay::State::Kind::paused);
  EXPECT_EQ(letters.relay.state().lag, 1);
  EXPECT_EQ(log.position("first/dlq"), 5);
  EXPECT_EQ(catalog::forget_events(log.database(), catalog::log_range(log.database()).value().last, 100).value().rows,
            5)
      << "the dead letter is kept until it is published";
  letters.sink.refuses = {};
  letters.sink.answers = true;
  letters.pass_until_idle();
  ASSERT_EQ(letters.sink.got.size(), 1U);
  EXPECT_EQ(letters.sink.got[0].position, 6);
  EXPECT_EQ(log.position("first/dlq"), 11);
}

TEST(Relay, ALoginThatIsRefusedIsATroubleOfTheWholeCluster) {
  TestLog log;
  log.append(1);
  Replica replica(log);
  replica.sink.refuses = {1};
  for (const auto& [code, is_alone] :
       {std::pair(Errc::unauthorized, false), std::pair(Errc::unavailable, false), std::pair(Errc::invalid, true)}) {
    replica.sink.code = code;
    EXPECT_FALSE(replica.relay.pass());
    ASSERT_TRUE(replica.relay.state().sink_away) << name(code);
    EXPECT_EQ(replica.relay.state().sink_away->is_alone, is_alone) << name(code);
  }
}

TEST(Relay, LeavesTheSinkToTheReplicaThatHasIt) {
  TestLog log;
  log.append(10);
  Replica one(log, "one");
  Replica two(log, "two");
  one.pass_until_idle();
  two.pass_until_idle();
  EXPECT_TRUE(two.sink.got.empty());
  EXPECT_EQ(two.relay.state().kind, Relay::State::Kind::standby);
  log.append(10);
  one.relay.stop();
  two.pass_until_idle();
  expect_in_order_from(11, two.sink.got, 10);
}

TEST(Relay, StopsWhenAnotherReplicaTookTheSink) {
  TestLog log;
  log.append(10);
  Replica one(log, "one");
  one.pass_until_idle();
  // As if the lease had run out while this replica was frozen.
  ASSERT_TRUE(catalog::release_sink(log.database(), "first", "one"));
  Replica two(log, "two");
  two.pass_until_idle();
  log.append(10);
  one.pass_until_idle();
  EXPECT_EQ(one.relay.state().kind, Relay::State::Kind::standby);
  EXPECT_EQ(log.position(), 10);
  two.pass_until_idle();
  EXPECT_EQ(log.position(), 20);
  expect_in_order_from(11, two.sink.got, 10);
}

// Between the acknowledgement and the mark a kill leaves exactly this: events in the sink, the position behind them.
TEST(Relay, RepeatsTheSameIdsAndBytesAfterACrash) {
  TestLog log;
  log.append(500);
  const std::vector<Event> before = catalog::read_after(log.database(), 0, 500).value();
  MemorySink crashed;
  crashed.publish(before);
  Replica after(log);
  after.pass_until_idle();
  ASSERT_EQ(after.sink.got.size(), crashed.got.size());
  for (std::size_t n = 0; n < before.size(); ++n) {
    EXPECT_EQ(after.sink.got[n].event_id, crashed.got[n].event_id);
    EXPECT_EQ(after.sink.got[n].body, crashed.got[n].body);
    EXPECT_EQ(after.sink.got[n].headers, crashed.got[n].headers);
  }
}

TEST(Relay, WritesNothingWhileIdleUntilTheLeaseIsDue) {
  TestLog log;
  Replica replica(log);
  replica.pass_until_idle();
  const auto leased = [&] { return log.database().read("select leased_until from sinks").value().at(0).integer(0); };
  const std::int64_t first = leased();
  replica.pass_until_idle();
  EXPECT_EQ(leased(), first);
  replica.clock.advance(std::chrono::seconds(6));
  replica.pass_until_idle();
  EXPECT_GT(leased(), first);
}

TEST(Relay, RunsOnItsOwnThreadWhenNudged) {
  TestLog log;
  log.append(10);
  MemorySink sink;
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t reached = 0;
  Relay relay(log.database(), sink, clock,
              {.sink = {"first"},
               .holder = "one",
               .interval = std::chrono::minutes(10),
               .on_advanced = [&](std::int64_t position) {
                 const std::scoped_lock lock(mutex);
                 reached = position;
                 changed.notify_all();
               }});
  const auto await = [&](std::int64_t position) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), [&] { return reached == position; });
  };
  relay.start();
  EXPECT_TRUE(await(10));
  log.append(5);
  relay.nudge();
  EXPECT_TRUE(await(15));
  relay.stop();
  const db::Rows rows = log.database().read("select holder from sinks").value();
  EXPECT_TRUE(rows.at(0).is_null(0));
}

}  // namespace
}  // namespace dmw::events
