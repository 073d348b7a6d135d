#include "sources/orthanc/under_way.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

class UnderWayTest : public ::testing::Test {
 protected:
  std::shared_ptr<Pull> add(std::int64_t request_id, const std::string& study = "") {
    Request request;
    request.id = request_id;
    request.study = study;
    if (study.empty()) request.instances = {"a"};
    auto pull = std::make_shared<Pull>(request, Session{});
    under_way.add({pull});
    return pull;
  }
  /// Looks up and enters its only instance.
  Errand fetch_begun() {
    Errand look_up = under_way.next(8, true).at(0);
    under_way.end(look_up, ended::Found{look_up.step.ids, {.moment = under_way.moment()}});
    return under_way.next(8, true).at(0);
  }

  int settles = 0;
  int looks = 0;
  UnderWay under_way{[this] { ++settles; }, [this] { ++looks; }};
};

TEST_F(UnderWayTest, KeepsWhatHasEndedUntilItIsForgotten) {
  const auto pull = add(7);
  const Errand errand = fetch_begun();
  EXPECT_EQ(under_way.enter(errand), InstancesUnderWay::Entered::yes);
  under_way.end(errand, ended::Kept{});
  EXPECT_TRUE(under_way.ended().empty()) << "it is not recorded yet";
  const int before = settles;
  under_way.recorded(*pull, "a");
  EXPECT_EQ(settles, before + 1);
  for (int times = 0; times < 2; ++times) EXPECT_EQ(under_way.ended().size(), 1U);
  EXPECT_EQ(under_way.load().claimed, 1U);
  under_way.forget(7);
  EXPECT_TRUE(under_way.ended().empty());
  EXPECT_EQ(under_way.load().claimed, 0U);
}

TEST_F(UnderWayTest, BringsAnInstanceOnceThoughTwoPullsNameIt) {
  const auto first = add(1);
  const Errand fetched = fetch_begun();
  ASSERT_EQ(under_way.enter(fetched), InstancesUnderWay::Entered::yes);
  add(2);
  const Errand waiting = fetch_begun();
  ASSERT_EQ(under_way.enter(waiting), InstancesUnderWay::Entered::busy);
  under_way.end(waiting, ended::Waits{});
  EXPECT_TRUE(under_way.next(8, true).empty());
  under_way.end(fetched, ended::Kept{});
  const int before = looks;
  under_way.recorded(*first, "a");
  EXPECT_EQ(looks, before + 1);
  EXPECT_EQ(under_way.next(8, true).at(0).step.kind, Step::Kind::look_up) << "the catalog knows it by now";
}

/// The lease of its first claim has ended meanwhile.
TEST_F(UnderWayTest, ARequestThatIsClaimedAgainIsTheOnlyOne) {
  const auto first = add(7);
  const Errand errand = fetch_begun();
  ASSERT_EQ(under_way.enter(errand), InstancesUnderWay::Entered::yes);
  under_way.end(errand, ended::Kept{});
  const auto second = add(7);
  under_way.recorded(*first, "a");
  EXPECT_TRUE(first->ending());
  EXPECT_TRUE(under_way.ended().empty()) << "the second one ends the request";
  EXPECT_EQ(under_way.ids(), std::vector<std::int64_t>{7}) << "its lease is kept";
}

TEST_F(UnderWayTest, AnOutageIsToldOnceAndGivesBackWhatNeedsTheSource) {
  add(1);
  Errand errand = fetch_begun();
  ASSERT_EQ(under_way.enter(errand), InstancesUnderWay::Entered::yes);
  under_way.end(errand, ended::Kept{});
  add(2, "s2");
  add(3, "s3");
  const std::vector<Errand> listings = under_way.next(8, true);
  ASSERT_EQ(listings.size(), 2U) << "asked for together";
  under_way.end(listings[0], ended::GivenBack{{Errc::unavailable, "away", {}}});
  under_way.end(listings[1], ended::GivenBack{{Errc::cancelled, "stopped", {}}});
  EXPECT_EQ(under_way.outage()->message(), "away");
  EXPECT_FALSE(under_way.outage());
  EXPECT_EQ(under_way.give_back(UnderWay::Which::cancelled), (std::vector<std::int64_t>{2, 3}));
  const auto other = add(4, "s4");
  EXPECT_EQ(under_way.give_back(UnderWay::Which::needing_source), std::vector<std::int64_t>{4});
  EXPECT_TRUE(other->stop().stop_requested());
  EXPECT_EQ(under_way.ids(), std::vector<std::int64_t>{1}) << "it waits for its recording alone";
  EXPECT_EQ(under_way.give_back(UnderWay::Which::all), std::vector<std::int64_t>{1});
}

TEST_F(UnderWayTest, CallsNobodyOnceItIsDisconnected) {
  const auto pull = add(7);
  const Errand errand = fetch_begun();
  ASSERT_EQ(under_way.enter(errand), InstancesUnderWay::Entered::yes);
  under_way.end(errand, ended::Kept{});
  under_way.disconnect();
  const int before = settles + looks;
  under_way.recorded(*pull, "a");
  EXPECT_EQ(settles + looks, before);
}

}  // namespace
}  // namespace dmw::sources
