#include "lane/backoff.h"

#include <gtest/gtest.h>

namespace dmw::lane {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToItsBound) {
  Backoff backoff(milliseconds(500), milliseconds(3'000), [] { return 1.0; });
  EXPECT_EQ(backoff.next(), milliseconds(500));
  EXPECT_EQ(backoff.next(), milliseconds(1'000));
  EXPECT_EQ(backoff.next(), milliseconds(2'000));
  EXPECT_EQ(backoff.next(), milliseconds(3'000));
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(backoff.next(), milliseconds(3'000));
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(500));
}

TEST(Backoff, SpreadsItsWaits) {
  EXPECT_EQ(Backoff(milliseconds(500), milliseconds(30'000), [] { return 0.25; }).after(3), milliseconds(500));
  EXPECT_EQ(Backoff(milliseconds(500), milliseconds(30'000), [] { return 1.0; }).after(0), milliseconds(0));
  const Backoff backoff(milliseconds(500), milliseconds(30'000));
  for (int failures = 1; failures < 100; ++failures) {
    EXPECT_GE(backoff.after(failures), milliseconds(0));
    EXPECT_LE(backoff.after(failures), milliseconds(30'000));
  }
}

}  // namespace
}  // namespace dmw::lane
