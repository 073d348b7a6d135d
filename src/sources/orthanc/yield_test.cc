#include "sources/orthanc/yield.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Of = Yield::Of;

class YieldTest : public ::testing::Test {
 protected:
  void fail_to_get(Of what, const std::string& id) {
    yield.failed(what, id, {Errc::unavailable, "it answered 500", {}});
  }
  std::string told() { return yield.nothing().value_or(Yield::Nothing{.reason = "nothing is told"}).reason; }

  ManualClock clock;
  Yield yield{clock, {.told_after = seconds(5), .forgotten_after = minutes(10)}};
};

TEST_F(YieldTest, TellsThatNoFileComes) {
  const MicrosUtc began = clock.now();
  for (const char* const id : {"a", "b", "c", "d"}) fail_to_get(Of::files, id);
  EXPECT_FALSE(yield.nothing()) << "a glitch meets all that is under way";
  clock.advance(seconds(5));
  EXPECT_EQ(told(), "it delivers no file: the last 4 tries failed, the last one with: it answered 500");
  EXPECT_EQ(yield.nothing()->since, began);
  yield.came(Of::lists);
  EXPECT_TRUE(yield.nothing()) << "a list is no file";
  yield.came(Of::files);
  EXPECT_FALSE(yield.nothing());
}

TEST_F(YieldTest, TellsThatNothingIsListed) {
  for (const char* const id : {"a", "b", "c"}) fail_to_get(Of::lists, id);
  clock.advance(seconds(5));
  EXPECT_TRUE(told().starts_with("it lists no study: ")) << told();
}

TEST_F(YieldTest, NamesTheOnlyOneThatDoesNotCome) {
  fail_to_get(Of::files, "a");
  fail_to_get(Of::files, "a");
  clock.advance(seconds(5));
  EXPECT_FALSE(yield.nothing());
  fail_to_get(Of::files, "a");
  EXPECT_TRUE(told().starts_with("it does not deliver the file of a: the last 3 tries failed")) << told();
}

TEST_F(YieldTest, ForgetsWhatIsNotTriedAnyMore) {
  for (int n = 0; n < 9; ++n) fail_to_get(Of::files, "a");
  clock.advance(minutes(10));
  EXPECT_FALSE(yield.nothing());
  fail_to_get(Of::files, "b");
  clock.advance(seconds(5));
  EXPECT_FALSE(yield.nothing()) << "they are counted anew";
}

}  // namespace
}  // namespace dmw::sources
