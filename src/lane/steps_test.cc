#include "lane/steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::lane {
namespace {

TEST(Steps, TellAnOutageFromAFaultOfOneStep) {
  ManualClock clock;
  Metrics metrics;
  Result<> probed;
  Steps steps("housekeeping", [&] { return probed; }, clock, metrics);
  Result<bool> outcome = fail(Errc::timeout, "a lock is held");
  int tried = 0;
  const auto run = [&] {
    return steps.run("the removal of old events", [&] {
      ++tried;
      return outcome;
    });
  };
  EXPECT_FALSE(run().value());
  EXPECT_FALSE(run().value());
  EXPECT_EQ(tried, 1) << "it rests";
  EXPECT_EQ(steps.aside().state()->reason, "the removal of old events: a lock is held");
  clock.advance(std::chrono::hours(1));
  outcome = true;
  EXPECT_TRUE(run().value());
  EXPECT_EQ(steps.aside().count(), 1U) << "it is not through";
  outcome = false;
  EXPECT_FALSE(run().value());
  EXPECT_EQ(steps.aside().count(), 0U);
  for (const Errc of_all : {Errc::cancelled, Errc::full, Errc::unauthorized}) {
    outcome = fail(of_all, "whatever is asked");
    EXPECT_EQ(run().error().code, of_all);
  }
  outcome = fail(Errc::internal, "the statement is wrong");
  probed = fail(Errc::unavailable, "the server is away");
  EXPECT_EQ(run().error().what, "the server is away");
  EXPECT_EQ(steps.aside().count(), 0U);
}

TEST(Steps, AnOutageThatEndsBeforeTheProbePutsNothingAside) {
  ManualClock clock;
  Metrics metrics;
  Steps steps("erase", [] { return Result<>(); }, clock, metrics);
  int tried = 0;
  const Result<bool> done = steps.run("the check of the clock", [&]() -> Result<bool> {
    if (++tried == 1) return fail(Errc::unavailable, "the catalog is not open yet");
    return true;
  });
  EXPECT_TRUE(done.value());
  EXPECT_EQ(steps.aside().count(), 0U);
}

}  // namespace
}  // namespace dmw::lane
