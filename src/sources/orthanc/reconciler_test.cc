// What a comparison with an Orthanc takes for granted, and which of its older studies it leaves there.
#include "sources/orthanc/reconciler.h"

#include "sources/orthanc/test_source.h"
#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A reconciler without a source: its passes are the test's.
class ReconcilerTest : public ::testing::Test {
 protected:
  void SetUp() override { restart(); }
  void restart() {
    reconciler =
        std::make_unique<Reconciler>(options, rooms, client, [] {}, [this](db::Transaction&) { return fence; });
  }
  /// Until the comparison that is due has ended; a page that fails is asked for once more.
  void compare() {
    for (int passes = 0; passes < 100; ++passes) {
      const Result<bool> more = reconciler->pass();
      if (more && !*more) return;
    }
    ADD_FAILURE() << "it never ends";
  }
  std::size_t asked_for(const std::string& study) {
    std::size_t count = 0;
    for (const Request& request : world.requests()) count += request.study == study ? 1 : 0;
    return count;
  }
  /// As if every request had been served now.
  void serve() {
    catalog::Requests requests(world.catalog());
    std::vector<catalog::FinishedRequest> done;
    const std::vector<Request> claimed = requests.claim("orthanc", "me", 1'000, seconds(60)).value();
    for (const Request& request : claimed) {
      std::string tag;
      orthanc.with([&](auto& studies) {
        const auto& study = studies.at(request.study);
        tag = study_tag(study.last_update, static_cast<std::int64_t>(study.instances.size()));
      });
      done.push_back({.id = request.id, .study_tag = tag, .source = "orthanc", .study = request.study});
    }
    ASSERT_TRUE(requests.finish(done));
  }
  FakeOrthanc::Fault answer(const std::string& ending, const std::string& said) {
    return orthanc.fault([=](int socket, const std::string& path) {
      if (path.find(ending) == path.npos) return false;
      FakeOrthanc::say(socket, said);
      return true;
    });
  }

  World world;
  FakeOrthanc orthanc;
  OrthancOptions options = options_for(orthanc.url());
  OrthancClient client{options.client()};
  ManualClock clock;
  Metrics metrics;
  Surroundings rooms{
      world.catalog(), world.inbox(),
      metrics,         clock,
      "replica",       [](const DeadLetter&, const std::optional<RequestClaim>&) -> Result<> { return {}; }};
  Result<> fence;
  std::unique_ptr<Reconciler> reconciler;
};

TEST_F(ReconcilerTest, WhatWaitsForAnotherSourceDoesNotHoldIt) {
  const std::string study = orthanc.add_study(1, 1);
  world.let_wait("orthanc.dead", 1'000);
  compare();
  EXPECT_EQ(asked_for(study), 1U);
  EXPECT_FALSE(reconciler->comparison().running);
  EXPECT_EQ(reconciler->comparison().waiting, 0) << "and what is told of it is its own";
}

TEST_F(ReconcilerTest, AListThatEndsEarlyIsComparedAgain) {
  const std::string study = orthanc.add_study(1, 1);
  auto fault = answer("/studies?", FakeOrthanc::answer("200 OK", "[]"));
  compare();
  EXPECT_TRUE(reconciler->comparison().incomplete);
  EXPECT_FALSE(reconciler->comparison().running);
  fault.end();
  compare();
  EXPECT_EQ(asked_for(study), 0U) << "not at once";
  clock.advance(minutes(1));
  compare();
  EXPECT_EQ(asked_for(study), 1U);
  EXPECT_FALSE(reconciler->comparison().incomplete);
}

TEST_F(ReconcilerTest, WaitsLongerEachTimeForAListThatIsWhole) {
  orthanc.add_study(1, 1);
  const auto fault = answer("/studies?", FakeOrthanc::answer("200 OK", "[]"));
  const auto lists = [&] { return orthanc.asked("/studies?"); };
  int before = 0;
  for (const minutes wait : {minutes(0), minutes(1), minutes(10), minutes(60), minutes(60)}) {
    if (wait.count() > 0) clock.advance(wait - seconds(1));
    if (wait.count() > 0) compare();
    EXPECT_EQ(lists(), before);
    clock.advance(seconds(1));
    compare();
    EXPECT_EQ(lists(), ++before);
  }
}

TEST_F(ReconcilerTest, AnAnswerThatIsNotOrthancsEndsNoComparison) {
  const std::string study = orthanc.add_study(1, 1);
  for (const char* said : {"<html></html>", "{}", "[1]", R"([{"ID":"../etc"}])", ""}) {
    const auto fault = answer("/studies?", FakeOrthanc::answer("200 OK", said));
    EXPECT_FALSE(reconciler->pass()) << said;
    EXPECT_TRUE(reconciler->comparison().running);
  }
  for (const char* status : {"404 Not Found", "403 Forbidden", "503 Service Unavailable"}) {
    const auto fault = answer("/studies?", FakeOrthanc::answer(status, "[]"));
    EXPECT_FALSE(reconciler->pass()) << status;
    EXPECT_TRUE(reconciler->comparison().running);
  }
  compare();
  EXPECT_EQ(asked_for(study), 1U);
}

TEST_F(ReconcilerTest, AStudyThatCannotBeCountedIsNotTakenForUnchanged) {
  const std::string study = orthanc.add_study(1, 2);
  compare();
  serve();
  reconciler->begin();
  compare();
  ASSERT_EQ(asked_for(study), 1U) << "it is unchanged";
  const auto fault = answer(study + "/statistics", FakeOrthanc::answer("404 Not Found", "no such page"));
  reconciler->begin();
  compare();
  EXPECT_EQ(asked_for(study), 2U);
}

TEST_F(ReconcilerTest, APageThatIsRefusedForTheLoadGoesOn) {
  for (unsigned n = 1; n <= 12; ++n) orthanc.add_study(n, 1);
  compare();
  serve();
  std::atomic<int> questions = 0;
  const auto fault = orthanc.fault([&](int socket, const std::string& path) {
    if (!path.ends_with("/statistics") || path == "/statistics" || ++questions % 3 != 0) return false;
    FakeOrthanc::say(socket, FakeOrthanc::answer("429 Too Many Requests", ""));
    return true;
  });
  reconciler->begin();
  compare();
  EXPECT_LE(questions, 12 + 6) << "each study is counted once";
  EXPECT_EQ(world.requests().size(), 12U) << "and found as it was";
}

TEST_F(ReconcilerTest, FetchesNothingOlderThanItsFirstStartWhereThatIsWanted) {
  options.backfill.studies = Backfill::Studies::none;
  const std::string old = orthanc.add_study(1, 1);
  compare();
  EXPECT_EQ(asked_for(old), 0U);
  // After a restart, and in an index that was replaced.
  const std::string fresh = orthanc.add_study(2, 1);
  orthanc.with([&](auto& studies) { studies.at(fresh).last_update = orthanc_now(-60); });
  restart();
  compare();
  EXPECT_EQ(asked_for(old), 0U);
  EXPECT_EQ(asked_for(fresh), 1U);
  serve();
  reconciler->begin();
  compare();
  EXPECT_EQ(world.requests().size(), 1U);
  // It grows.
  orthanc.with([&](auto& studies) { studies.at(old).last_update = orthanc_now(-61); });
  reconciler->begin();
  compare();
  EXPECT_EQ(asked_for(old), 1U);
}

TEST_F(ReconcilerTest, AChangeOfTheSettingHoldsFromTheNextStart) {
  options.backfill.studies = Backfill::Studies::none;
  const std::string old = orthanc.add_study(1, 1);
  orthanc.with([&](auto& studies) { studies.at(old).last_update = "20251231T235959"; });
  const std::string newer = orthanc.add_study(2, 1);
  orthanc.with([&](auto& studies) { studies.at(newer).last_update = "20260101T000000"; });
  compare();
  EXPECT_TRUE(world.requests().empty());
  options.backfill = {Backfill::Studies::since, "2026-01-01"};
  restart();
  compare();
  EXPECT_EQ(asked_for(old), 0U);
  EXPECT_EQ(asked_for(newer), 1U);
  options.backfill = {};
  restart();
  compare();
  EXPECT_EQ(asked_for(old), 1U);
}

TEST_F(ReconcilerTest, SaysHowFarItIs) {
  for (unsigned n = 1; n <= 150; ++n) orthanc.add_study(n, 1);
  ASSERT_TRUE(reconciler->pass().value());
  EXPECT_EQ(reconciler->comparison().studies, 150);
  EXPECT_EQ(reconciler->comparison().compared, 100);
  compare();
  EXPECT_EQ(reconciler->comparison().compared, 150);
  EXPECT_FALSE(reconciler->comparison().running);
  ASSERT_TRUE(reconciler->pass());
  EXPECT_EQ(reconciler->comparison().waiting, 150);
  serve();
  ASSERT_TRUE(reconciler->pass());
  EXPECT_EQ(reconciler->comparison().waiting, 0);
}

TEST_F(ReconcilerTest, WhoLeadsNoMoreAsksForNothing) {
  const std::string study = orthanc.add_study(1, 1);
  fence = fail(Errc::stale, "another leads");
  EXPECT_EQ(reconciler->pass().error().code, Errc::stale);
  EXPECT_EQ(asked_for(study), 0U);
}

}  // namespace
}  // namespace dmw::sources
