// A sink that is not required is given up for events; one that is required never is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/test_replica.h"

namespace dmw::events {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string audit_of(TestLog& log) {
  std::string text;
  const db::Rows rows = log.database().read("select action, subject, detail from audit order by id").value();
  for (const db::Row& row : rows) text += row.text(0) + " " + row.text(1) + ": " + row.text(2) + "\n";
  return text;
}

TEST(RelayPatience, GivesASinkThatIsAwayUpForWhatHasWaitedForSoLong) {
  TestLog log;
  log.append(10);
  Replica replica(log, 60min);
  replica.sink.refuses = {1};
  replica.sink.answers = false;
  EXPECT_FALSE(replica.relay.pass());
  replica.probe_for(40min);
  log.append(5);
  replica.probe_for(19min);
  EXPECT_EQ(log.position(), 0) << "not yet";
  EXPECT_EQ(replica.relay.state().lag, 15);
  EXPECT_EQ(
      story_of([&] { replica.probe_for(20min); }),
      "WARN  first  10 events are skipped, and more while this lasts: no event waits for this sink longer than 60 min "
      "(give_up_after)\n");
  EXPECT_EQ(log.position(), 10) << "the others have not waited for so long";
  EXPECT_EQ(replica.relay.state().passed_over, 10);
  EXPECT_EQ(replica.relay.state().lag, 5);
  EXPECT_THAT(replica.metrics.text(), HasSubstr("passed_over_total 10\n"));
  EXPECT_EQ(catalog::passed_over(log.database(), "first").value(), 10);
  EXPECT_EQ(audit_of(log),
            "sink.pass_over first: 10 of the events 1 to 10 skipped: the sink did not accept them for 60 min: nobody "
            "is let in\n");
  replica.sink.refuses = {};
  replica.sink.answers = true;
  EXPECT_THAT(story_of([&] { replica.pass_until_idle(); }), HasSubstr("5 published, 10 skipped\n"));
  ASSERT_EQ(replica.sink.got.size(), 5U);
  EXPECT_EQ(replica.sink.got[0].position, 11);
  EXPECT_EQ(replica.relay.state().passed_over, 0);
}

TEST(RelayPatience, WaitsForARequiredSinkWithoutLimit) {
  TestLog log;
  log.append(10);
  Replica replica(log);
  replica.sink.refuses = {1};
  replica.sink.answers = false;
  EXPECT_FALSE(replica.relay.pass());
  replica.probe_for(2'000min);
  EXPECT_EQ(log.position(), 0);
  replica.sink.refuses = {};
  replica.sink.answers = true;
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.got.size(), 10U);
}

TEST(RelayPatience, BeginsAnewAfterARestartAndOnceTheSinkIsBack) {
  TestLog log;
  log.append(3);
  {
    Replica replica(log, 60min);
    replica.sink.answers = false;
    replica.sink.refuses = {1};
    EXPECT_FALSE(replica.relay.pass());
    replica.probe_for(59min);
  }
  Replica replica(log, 60min);
  replica.sink.refuses = {1};
  replica.sink.answers = false;
  EXPECT_FALSE(replica.relay.pass());
  replica.probe_for(59min);
  EXPECT_EQ(log.position(), 0);
  replica.sink.refuses = {2};
  EXPECT_FALSE(replica.relay.pass()) << "it takes one";
  replica.probe_for(30min);
  EXPECT_EQ(log.position(), 3) << "the refused ones have waited all the time";
  replica.sink.refuses = {};
  replica.sink.answers = true;
  replica.pass_until_idle();
  log.append(2);
  replica.sink.refuses = {4};
  replica.sink.answers = false;
  EXPECT_FALSE(replica.relay.pass());
  replica.probe_for(59min);
  EXPECT_EQ(log.position(), 3);
}

TEST(RelayPatience, PassesOverTheOneEventThatIsRefusedAndGivesTheOthers) {
  TestLog log;
  log.append(10);
  Replica replica(log, 60min);
  replica.sink.refuses = {4};
  replica.sink.in_order = false;
  replica.sink.code = Errc::too_large;
  for (int minute = 0; minute < 60; ++minute) {
    EXPECT_FALSE(replica.relay.pass());
    EXPECT_EQ(log.position(), 3);
    replica.clock.advance(1min);
  }
  EXPECT_EQ(replica.relay.pass().value(), true);
  EXPECT_EQ(log.position(), 4);
  EXPECT_EQ(catalog::passed_over(log.database(), "first").value(), 1);
  replica.pass_until_idle();
  EXPECT_EQ(replica.sink.got.size(), 9U) << "none twice";
  EXPECT_EQ(log.position(), 10);
}

TEST(RelayPatience, EndsTheWaitForASinkThatIsSilent) {
  TestLog log;
  log.append(10);
  Replica replica(log, 60min);
  int asked = 0;
  replica.sink.silent = [&] {
    replica.clock.advance(1min);
    return ++asked < 200;
  };
  EXPECT_EQ(replica.relay.pass().value(), true);
  EXPECT_EQ(replica.relay.state().sink_away->reason, "no acknowledgement for 5 s");
  EXPECT_EQ(asked, 61) << "at the first minute it is late";
  EXPECT_EQ(log.position(), 10);
  EXPECT_EQ(catalog::passed_over(log.database(), "first").value(), 10);
  replica.sink.silent = {};
  log.append(1);
  replica.pass_until_idle();
  EXPECT_EQ(log.position(), 11);
}

TEST(RelayPatience, IsForTheReplicaThatHasTheSink) {
  TestLog log;
  log.append(10);
  Replica away(log, 60min);
  away.sink.refuses = {1};
  away.sink.answers = false;
  EXPECT_FALSE(away.relay.pass());
  ASSERT_TRUE(catalog::release_sink(log.database(), "first", "one"));
  Replica other(log, "two");
  ASSERT_TRUE(other.relay.pass());
  EXPECT_EQ(log.position(), 10);
  log.append(5);
  away.probe_for(120min);
  EXPECT_EQ(log.position(), 10);
  EXPECT_EQ(catalog::passed_over(log.database(), "first").value(), 0);
}

TEST(RelayPatience, DeadLettersAreCountedAlone) {
  TestLog log;
  log.append(4);
  log.append(2, 10, 0, Topic::dead_letters);
  log.append(3);
  Replica letters(log, 60min, Topic::dead_letters);
  letters.sink.refuses = {5};
  letters.sink.answers = false;
  EXPECT_FALSE(letters.relay.pass());
  letters.probe_for(70min);
  EXPECT_EQ(log.position("first/dlq"), 9);
  EXPECT_EQ(catalog::passed_over(log.database(), "first/dlq").value(), 2);
}

std::int64_t published(TestLog& log) {
  return log.database().read(format("select {}", catalog::published_position)).value().at(0).integer(0);
}

TEST(TwoSinks, ADeadOneThatIsRequiredHoldsWhatIsPublishedAndNotTheOther) {
  TestLog log;
  const catalog::SinkTerms main{"main"};
  const catalog::SinkTerms archive{"archive"};
  ASSERT_TRUE(catalog::declare_sinks(log.database(), {main, archive}, "one"));
  log.append(10);
  Replica first(log, main, {});
  Replica second(log, archive, {});
  second.sink.refuses = {4};
  second.sink.answers = false;
  EXPECT_FALSE(second.relay.pass());
  first.pass_until_idle();
  EXPECT_EQ(first.sink.got.size(), 10U);
  second.probe_for(2'000min);
  EXPECT_EQ(published(log), 3);
  EXPECT_EQ(catalog::delivered_position(log.database()).value(), 3);
  EXPECT_EQ(catalog::forget_events(log.database(), 1, 100).value().rows, 3);
  second.sink.refuses = {};
  second.sink.answers = true;
  second.pass_until_idle();
  EXPECT_EQ(published(log), 10);
  EXPECT_EQ(second.sink.got.size(), 10U) << "none twice, none left out";
}

TEST(TwoSinks, ADeadOneOfBestEffortHoldsNothing) {
  TestLog log;
  const catalog::SinkTerms main{"main"};
  const catalog::SinkTerms notes{.name = "notes", .is_required = false};
  ASSERT_TRUE(catalog::declare_sinks(log.database(), {main, notes}, "one"));
  log.append(10);
  Replica first(log, main, {});
  Replica second(log, notes, 60min);
  second.sink.refuses = {1};
  second.sink.answers = false;
  EXPECT_FALSE(second.relay.pass());
  first.pass_until_idle();
  EXPECT_EQ(published(log), 10);
  second.probe_for(59min);
  EXPECT_EQ(log.position("notes"), 0);
  second.probe_for(10min);
  EXPECT_EQ(log.position("notes"), 10);
  EXPECT_EQ(catalog::passed_over(log.database(), "notes").value(), 10);
  log.append(1);
  second.sink.refuses = {};
  second.sink.answers = true;
  second.pass_until_idle();
  EXPECT_EQ(second.sink.got.size(), 1U);
}

}  // namespace
}  // namespace dmw::events
