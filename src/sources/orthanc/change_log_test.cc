#include "sources/orthanc/change_log.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Monotonic start{std::chrono::hours(1)};

TEST(ChangeLog, KeepsTheCursorBeforeANumberThatMayStillAppear) {
  ChangeLog log(10, seconds(60));
  EXPECT_TRUE(log.take(11, start));
  EXPECT_TRUE(log.take(14, start));
  EXPECT_EQ(log.read_to(), 14);
  EXPECT_EQ(log.cursor(), 11);
  EXPECT_TRUE(log.take(13, start));
  EXPECT_EQ(log.cursor(), 11);
  EXPECT_TRUE(log.take(12, start));
  EXPECT_EQ(log.cursor(), 14);
}

TEST(ChangeLog, TakesEachNumberOnce) {
  ChangeLog log(0, seconds(60));
  EXPECT_TRUE(log.take(5, start));
  EXPECT_TRUE(log.take(3, start));
  EXPECT_FALSE(log.take(3, start));
  EXPECT_FALSE(log.take(5, start));
  EXPECT_TRUE(log.take(1, start));
  EXPECT_EQ(log.cursor(), 1);
}

TEST(ChangeLog, GivesAHoleUpWhenItIsOld) {
  ChangeLog log(0, seconds(60));
  log.take(1, start);
  log.take(3, start);
  log.give_up_old(start + seconds(59));
  EXPECT_EQ(log.cursor(), 1);
  log.give_up_old(start + seconds(60));
  EXPECT_EQ(log.cursor(), 3);
  EXPECT_TRUE(log.holes().empty());
  EXPECT_FALSE(log.take(2, start + seconds(61)));
}

TEST(ChangeLog, GoesOnWithTheHolesThatWereKept) {
  ChangeLog log(10, seconds(60));
  log.take(12, start);
  log.take(15, start);
  ChangeLog next(log.read_to(), seconds(60), log.holes(), start + seconds(50));
  EXPECT_EQ(next.cursor(), 10);
  EXPECT_FALSE(next.take(12, start + seconds(50)));
  EXPECT_TRUE(next.take(14, start + seconds(50)));
  EXPECT_EQ(next.holes(), (std::vector<ChangeLog::Numbers>{{11, 11}, {13, 13}}));
  next.give_up_old(start + seconds(109));
  EXPECT_FALSE(next.holes().empty()) << "their patience begins anew";
  next.give_up_old(start + seconds(110));
  EXPECT_EQ(next.cursor(), 15);
}

TEST(ChangeLog, CountsTheHolesThatItCannotWaitFor) {
  ChangeLog log(0, seconds(60));
  for (std::int64_t seq = 2; seq <= 2'000; seq += 2) log.take(seq, start);
  EXPECT_EQ(log.given_up_early(), 0);
  log.take(2'002, start);
  EXPECT_EQ(log.given_up_early(), 1);
  EXPECT_EQ(log.cursor(), 2);
}

TEST(ChangeLog, LooksAtAHoleLessAndLessOften) {
  ChangeLog log(0, seconds(60));
  log.take(2, start);
  EXPECT_FALSE(log.due(-1, start));
  ASSERT_TRUE(log.due(-1, start + milliseconds(500)));
  log.looked_at(1, 2, start + seconds(4));
  EXPECT_FALSE(log.due(-1, start + seconds(7)));
  EXPECT_TRUE(log.due(-1, start + seconds(8)));
}

}  // namespace
}  // namespace dmw::sources
