// What the change poller believes of an Orthanc's changes, and what it does not.
#include "sources/orthanc/change_poller.h"

#include "catalog/leaders.h"
#include "sources/orthanc/test_source.h"
#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A poller without a source: its passes are the test's.
class ChangePollerTest : public ::testing::Test {
 protected:
  void SetUp() override { restart(); }
  void restart() {
    poller = std::make_unique<ChangePoller>(
        options, rooms, client,
        ChangePoller::Calls{.nudge = [] {},
                            .reconcile = [this](milliseconds delay) { comparisons.push_back(delay); },
                            .fence = [this](db::Transaction&) { return fence; }});
  }
  /// Until it has read everything.
  Result<> read() {
    while (TRY(poller->pass())) {
    }
    return {};
  }
  catalog::Cursor cursor() {
    return catalog::read_cursor(world.catalog(), "orthanc").value().value_or(catalog::Cursor());
  }
  FakeOrthanc::Fault answer(const std::string& prefix, const std::string& said) {
    return orthanc.fault([=](int socket, const std::string& path) {
      if (!path.starts_with(prefix)) return false;
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
  std::vector<milliseconds> comparisons;
  std::unique_ptr<ChangePoller> poller;
};

TEST_F(ChangePollerTest, ADeletionOfTheNewestIsNoOtherIndex) {
  for (std::int64_t seq = 1; seq <= 40; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  ASSERT_EQ(comparisons.size(), 1U) << "at the first start";
  for (std::int64_t seq = 41; seq <= 100; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 2));
  ASSERT_TRUE(read());
  for (const std::int64_t gone : {100, 99, 98, 70, 97}) {
    orthanc.drop_change(gone);
    ASSERT_TRUE(read());
  }
  restart();
  ASSERT_TRUE(read());
  EXPECT_EQ(cursor().read_to, 100);
  for (std::int64_t seq = 1; seq <= 100; ++seq) orthanc.drop_change(seq);
  ASSERT_TRUE(read());
  restart();
  ASSERT_TRUE(read());
  EXPECT_EQ(comparisons.size(), 1U);
  const std::size_t before = world.requests().size();
  orthanc.add_change(101, "NewInstance", resource_id('i', 3));
  ASSERT_TRUE(read());
  EXPECT_EQ(world.requests().size(), before + 1);
  EXPECT_EQ(cursor().read_to, 101);
}

TEST_F(ChangePollerTest, WhatWaitsForAnotherSourceDoesNotHoldIt) {
  orthanc.add_change(1, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  world.let_wait("orthanc.dead", 5'000);
  for (std::int64_t seq = 2; seq <= 1'500; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 2));
  ASSERT_TRUE(read()) << "all pages, one after the other";
  EXPECT_EQ(cursor().read_to, 1'500);
}

TEST_F(ChangePollerTest, AnotherChangeUnderAKnownNumberIsAnotherIndex) {
  orthanc.add_change(1, "NewPatient", resource_id('p', 1));
  ASSERT_TRUE(read());
  for (std::int64_t seq = 2; seq <= 20; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  comparisons.clear();
  // The other one lacks the newest numbers too: an older one tells.
  orthanc.clear_changes();
  for (std::int64_t seq = 1; seq <= 10; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 9));
  orthanc.add_change(30, "NewInstance", resource_id('i', 9));
  ASSERT_TRUE(read());
  EXPECT_EQ(comparisons.size(), 1U);
  EXPECT_EQ(cursor().read_to, 30);
}

TEST_F(ChangePollerTest, ASequenceThatFellIsAnotherIndexAlsoWhereItsRowsAreTheSame) {
  orthanc.add_change(1, "NewPatient", resource_id('p', 1));
  ASSERT_TRUE(read());
  for (std::int64_t seq = 2; seq <= 9; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  comparisons.clear();
  // A backup of it was put back.
  orthanc.clear_changes();
  orthanc.add_change(1, "NewPatient", resource_id('p', 1));
  for (std::int64_t seq = 2; seq <= 5; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  EXPECT_EQ(comparisons.size(), 1U);
  EXPECT_EQ(cursor().read_to, 5);
}

TEST_F(ChangePollerTest, WhatIsNotOrthancsMovesNoCursor) {
  orthanc.add_study(1, 1);
  for (std::int64_t seq = 1; seq <= 7; ++seq) orthanc.add_change(seq, "NewInstance", resource_id('i', 1'000));
  ASSERT_TRUE(read());
  const auto changes = [](std::initializer_list<std::int64_t> seqs) {
    json::array list;
    for (const std::int64_t seq : seqs) list.push_back(json::object{{"Seq", seq}, {"ChangeType", "NewInstance"}});
    return json::serialize(json::object{{"Changes", list}, {"Done", true}, {"Last", 9}});
  };
  const std::string bodies[] = {"",
                                "[]",
                                "{}",
                                "<html>Not now</html>",
                                R"({"Changes":[],"Done":true})",
                                R"({"Changes":{},"Done":true,"Last":1})",
                                R"({"Changes":[],"Done":true,"Last":0})",
                                changes({9, 8}),
                                changes({1}),
                                changes({std::int64_t{1} << 62U, 7})};
  for (const char* status : {"200 OK", "404 Not Found", "403 Forbidden", "502 Bad Gateway"}) {
    for (const std::string& body : bodies) {
      const auto fault = answer("/changes", FakeOrthanc::answer(status, body));
      restart();
      EXPECT_FALSE(poller->pass()) << status << body;
      EXPECT_EQ(cursor().read_to, 7) << status << body;
    }
  }
  orthanc.add_change(8, "NewInstance", resource_id('i', 1'000));
  ASSERT_TRUE(read());
  EXPECT_EQ(cursor().read_to, 8);
  EXPECT_EQ(comparisons.size(), 1U) << "that of the first start";
}

TEST_F(ChangePollerTest, NumbersThatCannotBeWaitedForLeadToAComparison) {
  ASSERT_TRUE(read());
  comparisons.clear();
  for (std::int64_t seq = 2; seq <= 2'000; seq += 2) orthanc.add_change(seq, "NewPatient", resource_id('p', 1));
  ASSERT_TRUE(read());
  EXPECT_TRUE(comparisons.empty());
  orthanc.add_change(2'002, "NewPatient", resource_id('p', 1));
  ASSERT_TRUE(read());
  EXPECT_EQ(comparisons, std::vector<milliseconds>{options.hole_patience}) << "once what may still appear has appeared";
}

TEST_F(ChangePollerTest, WhoLeadsNoMoreWritesNothing) {
  orthanc.add_change(1, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(read());
  orthanc.add_change(2, "NewInstance", resource_id('i', 1));
  fence = fail(Errc::stale, "another leads");
  EXPECT_EQ(poller->pass().error().code, Errc::stale);
  EXPECT_EQ(cursor().read_to, 1);
  EXPECT_TRUE(world.requests().empty());
  orthanc.clear_changes();
  EXPECT_EQ(poller->pass().error().code, Errc::stale) << "nor is a cursor reset";
  EXPECT_EQ(cursor().read_to, 1);
}

/// It hangs for longer than its lease, with a page of changes in its hands.
TEST_F(OrthancSourceTest, ALeaderThatWasSilentForLongerThanItsLeaseMovesNoCursorBack) {
  options.leader_lease = seconds(1);
  options.stall_timeout = seconds(60);
  start();
  ASSERT_TRUE(eventually([&] { return catalog::read_cursor(world.catalog(), "orthanc")->has_value(); }));
  std::atomic<bool> hang = true;
  std::atomic<bool> hanging = false;
  const auto fault = orthanc.fault([&](int, const std::string& path) {
    while (path.starts_with("/changes?since=") && hang && !orthanc.waits_no_more()) {
      hanging = true;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return false;
  });
  ASSERT_TRUE(eventually([&] { return hanging.load(); }));
  orthanc.add_change(5, "NewInstance", resource_id('i', 1));
  ASSERT_TRUE(eventually([&] {
    return catalog::lead(world.catalog(), "poller/orthanc", "another", seconds(600), std::nullopt)->has_value();
  }));
  ASSERT_TRUE(world.catalog().write([](db::Transaction& transaction) {
    return catalog::write_cursor(transaction, "orthanc", {.position = 50, .database_id = "", .read_to = 50});
  }));
  hang = false;
  EXPECT_TRUE(eventually([&] { return !source->progress().leading; }));
  EXPECT_EQ(catalog::read_cursor(world.catalog(), "orthanc")->value().position, 50);
  EXPECT_TRUE(world.requests().empty());
}

}  // namespace
}  // namespace dmw::sources
