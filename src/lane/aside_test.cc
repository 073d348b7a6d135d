#include "lane/aside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::lane {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const Error refusal{Errc::unavailable, "Permission denied", {}};

TEST(Aside, LetsAnItemRestLongerEachTimeAndTellsOnce) {
  ManualClock clock;
  Metrics metrics;
  Aside aside("settle", clock, metrics);
  EXPECT_FALSE(aside.is_resting("1"));
  EXPECT_FALSE(aside.state());
  testing::internal::CaptureStderr();
  for (int n = 0; n < 5; ++n) {
    aside.put("1", "study 1.2.3", refusal);
    EXPECT_TRUE(aside.is_resting("1"));
    EXPECT_FALSE(aside.is_resting("2"));
    clock.advance(10min);
    EXPECT_FALSE(aside.is_resting("1"));
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("study 1.2.3 waits for a retry; other work continues: Permission denied"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1);
  aside.put("2", "study 4.5.6", refusal);
  EXPECT_EQ(aside.state()->reason, "study 1.2.3: Permission denied; 1 more are waiting");
  EXPECT_EQ(aside.state()->since, clock.now() - 50LL * 60 * 1'000'000);
  EXPECT_THAT(metrics.text(), HasSubstr("dicom_middleware_lane_put_aside{lane=\"settle\"} 2\n"));
  aside.take("7");
  EXPECT_TRUE(aside.is_resting("2"));
  aside.take("1");
  EXPECT_FALSE(aside.is_resting("2")) << "what kept both may be gone";
  EXPECT_EQ(aside.state()->reason, "study 4.5.6: Permission denied");
  aside.keep([](const std::string& item) { return item != "2"; });
  EXPECT_FALSE(aside.state());
  EXPECT_THAT(metrics.text(), HasSubstr("dicom_middleware_lane_put_aside{lane=\"settle\"} 0\n"));
}

}  // namespace
}  // namespace dmw::lane
