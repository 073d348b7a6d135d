#include "sources/orthanc/throttle.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A source that lets so many requests through in each second, and fetchers that ask it as the throttle lets them.
class ThrottleTest : public ::testing::Test {
 protected:
  static constexpr std::size_t fetchers = 16;

  /// Requests that were let through and refused in that time.
  struct Came {
    int answered = 0;
    int refused = 0;
  };
  Came ask_for(seconds time, int let_through_each_second) {
    Came came;
    int in_this_second = 0;
    for (milliseconds t{0}; t < time; t += milliseconds(5)) {
      if (t.count() % 1'000 == 0) in_this_second = 0;
      for (std::size_t fetcher = 0; fetcher < fetchers; ++fetcher) {
        const Monotonic began = clock.monotonic();
        if (throttle.turn(fetcher).wait > milliseconds(0)) continue;
        if (++in_this_second > let_through_each_second) {
          ++came.refused;
          throttle.refused(began, {.by = "it answered 503", .retry_after = {}});
        } else {
          ++came.answered;
          throttle.answered();
        }
      }
      clock.advance(milliseconds(5));
    }
    return came;
  }
  std::size_t at_once() {
    std::size_t count = 0;
    while (count < fetchers && !throttle.turn(count).idle) ++count;
    return count;
  }

  ManualClock clock;
  Throttle throttle{clock, fetchers, "orthanc"};
};

TEST_F(ThrottleTest, LetsEverythingThroughUntilItIsRefused) {
  for (int n = 0; n < 1'000; ++n) EXPECT_EQ(throttle.turn(15).wait, milliseconds(0));
  EXPECT_FALSE(throttle.limit());
}

TEST_F(ThrottleTest, ReachesMoreThanHalfOfWhatIsLetThrough) {
  for (const int limit : {2, 5, 20, 100}) {
    const Came came = ask_for(seconds(60), limit);
    EXPECT_GT(came.answered, 60 * limit / 2) << limit;
    EXPECT_LT(came.refused, came.answered / 2) << limit;
  }
}

TEST_F(ThrottleTest, FollowsALimitThatRises) {
  ask_for(seconds(30), 3);
  ask_for(seconds(20), 50);
  EXPECT_GT(ask_for(seconds(10), 50).answered, 250);
}

TEST_F(ThrottleTest, FewerAskAtOnceAfterEachRefusal) {
  throttle.refused(clock.monotonic(), {.by = "it answered 429", .retry_after = {}});
  const std::size_t first = at_once();
  EXPECT_LT(first, fetchers);
  EXPECT_GE(first, fetchers / 2);
  for (int n = 0; n < 20; ++n) {
    clock.advance(seconds(1));
    throttle.refused(clock.monotonic(), {.by = "it answered 429", .retry_after = {}});
  }
  EXPECT_EQ(at_once(), 1U);
  for (int n = 0; n < 200; ++n) throttle.answered();
  EXPECT_EQ(at_once(), fetchers);
}

TEST_F(ThrottleTest, KeepsAPauseOfADayForAnHourAndSaysSo) {
  throttle.refused(clock.monotonic(), {.by = "it answered 429", .retry_after = std::chrono::hours(24)});
  const auto told = [&] { return throttle.limit().value_or(Throttle::Limit{.reason = "no limit"}).reason; };
  EXPECT_NE(told().find("; it asks for a pause of 24 h: retry in 60 min"), std::string::npos) << told();
  clock.advance(std::chrono::minutes(59));
  EXPECT_TRUE(throttle.closed());
  EXPECT_GT(throttle.turn(0).wait, milliseconds(0));
  EXPECT_NE(told().find("retry in 60 s"), std::string::npos) << told();
  clock.advance(seconds(60));
  EXPECT_FALSE(throttle.closed());
  EXPECT_EQ(throttle.turn(0).wait, milliseconds(0)) << "one asks, and hears whether it goes on";
  throttle.refused(clock.monotonic(), {.by = "it answered 429", .retry_after = seconds(90)});
  EXPECT_NE(told().find("; it asks for a pause: 90 s more"), std::string::npos) << told();
}

TEST_F(ThrottleTest, RefusalsOfWhatWasUnderWayTogetherAreOne) {
  const Monotonic began = clock.monotonic();
  clock.advance(milliseconds(10));
  throttle.refused(began, {.by = "it answered 503", .retry_after = {}});
  const std::size_t first = at_once();
  for (int n = 0; n < 15; ++n) throttle.refused(began, {.by = "it answered 503", .retry_after = {}});
  EXPECT_EQ(at_once(), first);
}

TEST_F(ThrottleTest, LeavesTheSourceAloneForAsLongAsItAsks) {
  throttle.refused(clock.monotonic(), {.by = "it answered 429", .retry_after = seconds(20)});
  EXPECT_GT(throttle.turn(0).wait, seconds(19));
  ASSERT_TRUE(throttle.limit());
  EXPECT_TRUE(throttle.limit()->reason.starts_with("limited by the source (it answered 429)"))
      << throttle.limit()->reason;
  clock.advance(seconds(21));
  EXPECT_EQ(throttle.turn(0).wait, milliseconds(0));
}

TEST_F(ThrottleTest, IsOverAfterAMinuteWithoutARefusal) {
  throttle.refused(clock.monotonic(), {.whose = Throttle::Whose::ours, .by = "no file", .retry_after = {}});
  EXPECT_TRUE(throttle.limit()->reason.starts_with("limited by this process (no file)"));
  clock.advance(seconds(61));
  EXPECT_FALSE(throttle.limit());
  EXPECT_EQ(at_once(), fetchers);
}

TEST_F(ThrottleTest, IsSilentWhenNothingIsAnsweredForSeconds) {
  for (int n = 0; n < 5; ++n) {
    EXPECT_FALSE(throttle.silent());
    clock.advance(seconds(1));
    throttle.refused(clock.monotonic(), {.by = "it answered 503", .retry_after = {}});
  }
  EXPECT_TRUE(throttle.silent());
  throttle.answered();
  EXPECT_FALSE(throttle.silent());
}

}  // namespace
}  // namespace dmw::sources
