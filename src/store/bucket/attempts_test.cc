#include "store/bucket/attempts.h"

#include <thread>

#include <gtest/gtest.h>

#include "store/bucket/test_clock.h"
#include "testing/eventually.h"
#include "testing/manual_clock.h"

namespace dmw::store::bucket {
namespace {

using namespace std::chrono_literals;

TEST(Attempts, RepeatsOnlyWhatMayBeRepeated) {
  const RushingClock clock;
  Attempts attempts({clock, 60s, {}});
  int tries = 0;
  const auto result = attempts.run([&](Attempts& now) -> Result<int> {
    if (++tries == 3) return 7;
    now.may_repeat();
    return fail(Errc::unavailable, "away");
  });
  EXPECT_EQ(result, 7);
  const auto refused = attempts.run([&](Attempts&) -> Result<int> {
    ++tries;
    return fail(Errc::conflict, "another");
  });
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(tries, 4);
}

TEST(Attempts, EndsWithoutProgressAndGoesOnWithIt) {
  const RushingClock clock;
  const Monotonic began = clock.monotonic();
  Attempts attempts({clock, 60s, {}});
  const auto away = [](Attempts& now) -> Result<> {
    now.may_repeat(10s);
    return fail(Errc::unavailable, "away");
  };
  EXPECT_FALSE(attempts.run(away));
  EXPECT_GE(clock.monotonic(), began + 50s);
  EXPECT_LE(clock.monotonic(), began + 60s);
  int tries = 0;
  Attempts moving({clock, 60s, {}});
  EXPECT_TRUE(moving.run([&](Attempts& now) -> Result<> {
    if (++tries == 50) return {};
    now.progressed();
    return away(now);
  }));
}

TEST(Attempts, WaitsAsLongAsTheServerAsks) {
  const RushingClock clock;
  const Monotonic began = clock.monotonic();
  Attempts attempts({clock, 60s, {}});
  bool first = true;
  EXPECT_TRUE(attempts.run([&](Attempts& now) -> Result<> {
    if (!std::exchange(first, false)) return {};
    now.may_repeat(30s);
    return fail(Errc::unavailable, "too many requests");
  }));
  EXPECT_GE(clock.monotonic(), began + 30s);
}

TEST(Attempts, EndWhenTheProgramStops) {
  const ManualClock clock;
  std::stop_source stop;
  Result<> result;
  std::thread trying([&] {
    Attempts attempts({clock, 60s, stop.get_token()});
    result = attempts.run([](Attempts& now) -> Result<> {
      now.may_repeat(30s);
      return fail(Errc::unavailable, "away");
    });
  });
  EXPECT_TRUE(eventually([&] { return clock.awaited().has_value(); }));
  stop.request_stop();
  trying.join();
  EXPECT_EQ(result.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace dmw::store::bucket
