// What becomes of instances that the database refuses: one alone is set aside, several wait, and a catalog that refuses
// everything is away.
#include "ingest/refusals.h"
#include "ingest/test_bench.h"

namespace dmw::ingest {
namespace {

TEST(Ingestor, ARowThatTheDatabaseRefusesIsSetAsideAloneWithItsBytes) {
  Bench bench;
  ASSERT_TRUE(bench.database().write([](db::Transaction& t) {
    return t.script(
        "create trigger refuse before insert on versions when new.sop_uid = '1.2.1.3' "
        "begin select raise(abort, 'refused'); end");
  }));
  for (const char* sop : {"1.2.1.1", "1.2.1.2", "1.2.1.3", "1.2.1.4", "1.2.1.5"}) bench.keep(instance("1.2", sop));
  for (const int tried : {1, 2, 3}) {
    EXPECT_EQ(bench.letters().size(), 0U) << "another instance may be refused like it, before try " << tried;
    ASSERT_TRUE(bench.ingest());
    EXPECT_EQ(bench.number("select count(*) from versions"), 4);
    bench.clock.advance(10s);
  }
  EXPECT_EQ(bench.inbox().depth().items, 0U);
  ASSERT_EQ(bench.letters().size(), 1U);
  EXPECT_EQ(bench.letters()[0].cause, "data");

  ASSERT_TRUE(bench.database().write([](db::Transaction& t) { return t.script("drop trigger refuse"); }));
  ASSERT_TRUE(bench.replay().replay(bench.letters()[0])) << "its bytes are there";
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 5);
  EXPECT_EQ(bench.letters()[0].state, DeadLetterState::replayed);
}

TEST(Ingestor, ACatalogThatRefusesAKnownGoodInstanceIsAwayAndBuriesNothing) {
  Bench bench;
  for (int i = 1; i <= 40; ++i) bench.keep(instance("1.2", "1.2.1." + std::to_string(i)));
  for (const char* change :
       {"create trigger refuse before insert on versions begin select raise(abort, 'no more'); end",
        "create trigger refuse before insert on sessions begin select raise(abort, 'no more'); end"}) {
    ASSERT_TRUE(bench.database().write([&](db::Transaction& t) { return t.script(change); }));
    const Result<bool> passed = bench.ingest();
    ASSERT_FALSE(passed);
    EXPECT_EQ(passed.error().code, Errc::unavailable);
    EXPECT_NE(passed.error().what.find("no more"), std::string::npos) << passed.error().what;
    EXPECT_EQ(bench.letters().size(), 0U);
    EXPECT_EQ(bench.inbox().depth().items, 40U);
    ASSERT_TRUE(bench.database().write([](db::Transaction& t) { return t.script("drop trigger refuse"); }));
  }
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 40);
  EXPECT_EQ(bench.number("select count(*) from studies"), 1) << "a rehearsal leaves nothing behind";
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Ingestor, WhatOneRuleOfTheDatabaseRefusesSeveralTimesWaitsUntilTheRuleIsGone) {
  Bench bench;
  ASSERT_TRUE(bench.database().write([](db::Transaction& t) {
    return t.script(
        "create trigger refuse before insert on versions when new.sop_uid like '1.2.9.%' "
        "begin select raise(abort, 'not these'); end");
  }));
  for (const char* sop : {"1.2.9.1", "1.2.1.2", "1.2.9.3", "1.2.1.4", "1.2.1.5"}) bench.keep(instance("1.2", sop));
  for (int tried = 0; tried < 10; ++tried) {
    ASSERT_TRUE(bench.ingest());
    EXPECT_EQ(bench.number("select count(*) from versions"), 3);
    bench.clock.advance(10s);
  }
  EXPECT_EQ(bench.letters().size(), 0U);
  EXPECT_EQ(bench.inbox().depth().items, 2U);
  ASSERT_TRUE(bench.database().write([](db::Transaction& t) { return t.script("drop trigger refuse"); }));
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 5);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Ingestor, ADeadLetterThatTheDatabaseRefusesWaitsAndTheOthersGoOn) {
  Bench bench;
  ASSERT_TRUE(bench.database().write([](db::Transaction& t) {
    return t.script("create trigger refuse before insert on dead_letters begin select raise(abort, 'no letters'); end");
  }));
  bench.keep(instance("1.2", "1.2.1.1"));
  bench.keep("this is no DICOM file");
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.number("select count(*) from versions"), 1);
  EXPECT_EQ(bench.inbox().depth().items, 1U);
  ASSERT_TRUE(bench.database().write([](db::Transaction& t) { return t.script("drop trigger refuse"); }));
  bench.clock.advance(10s);
  ASSERT_TRUE(bench.ingest());
  EXPECT_EQ(bench.letters().size(), 1U);
  EXPECT_EQ(bench.inbox().depth().items, 0U);
}

TEST(Refusals, AreTheFaultOfOneInstanceOnlyWhenNoOtherIsRefusedLikeIt) {
  Refusals refusals;
  SpooledInstance one;
  one.seq = 1;
  SpooledInstance other;
  other.seq = 2;
  const Error rule{Errc::refused, "constraint c", {}};
  EXPECT_FALSE(refusals.words());
  EXPECT_TRUE(refusals.is_its_own(one, Error{Errc::data, "a value", {}}));
  EXPECT_FALSE(refusals.is_its_own(one, rule));
  EXPECT_EQ(*refusals.words(), "1 instance waits in the inbox: the database refuses it: constraint c");
  one.attempts = 7;
  EXPECT_FALSE(refusals.is_its_own(one, rule))
      << "tries of an earlier life do not count: who else is refused was unknown";
  EXPECT_TRUE(refusals.is_its_own(one, rule));
  EXPECT_FALSE(refusals.is_its_own(other, rule));
  EXPECT_FALSE(refusals.is_its_own(one, rule));
  refusals.forget(std::span(&other, 1));
  EXPECT_TRUE(refusals.is_its_own(one, rule));
  refusals.forget(std::span(&one, 1));
  EXPECT_FALSE(refusals.words());
}

}  // namespace
}  // namespace dmw::ingest
