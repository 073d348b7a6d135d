#include "base/causes.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace dmw {
namespace {

TEST(Causes, NumbersIdsAndWhatWasBeingDoneMakeNoOtherCause) {
  EXPECT_EQ(cause_in("the disk has 3 GiB free"), cause_in("the disk has 2.5 GiB free"));
  EXPECT_EQ(cause_in("not reachable (connection refused), during GET http://a/1"),
            "not reachable (connection refused) ");
  EXPECT_NE(cause_in("the server answered HTTP 401"), cause_in("the server answered HTTP 503"));
  EXPECT_NE(cause_in("not reachable (connection refused)"), cause_in("not reachable (no route to host)"));
}

TEST(Causes, EachIsNewOnceUntilTheTroubleIsOver) {
  Causes causes;
  EXPECT_TRUE(causes.is_new("it is away"));
  EXPECT_FALSE(causes.is_new("it is away"));
  EXPECT_TRUE(causes.is_new("it refuses us"));
  EXPECT_FALSE(causes.is_new("it is away"));
  causes.clear();
  EXPECT_TRUE(causes.is_new("it is away"));
}

TEST(Causes, APeerThatSaysSomethingElseEachTimeFillsNoLog) {
  Causes causes;
  int told = 0;
  for (char c = 'a'; c <= 'z'; ++c) told += causes.is_new(format("word {}", c)) ? 1 : 0;
  EXPECT_LT(told, 10);
}

}  // namespace
}  // namespace dmw
