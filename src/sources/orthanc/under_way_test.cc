#include "sources/orthanc/under_way.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

using Entered = UnderWay::Entered;

TEST(UnderWay, LetsOneInAndCallsTheOthersWhenItLeaves) {
  UnderWay under_way;
  int again = 0;
  EXPECT_EQ(under_way.enter("a", 0, [&] { ++again; }), Entered::yes);
  EXPECT_EQ(under_way.enter("a", 0, [&] { ++again; }), Entered::busy);
  EXPECT_EQ(under_way.enter("a", 0, [&] { ++again; }), Entered::busy);
  EXPECT_EQ(again, 0);
  under_way.leave("a", false);
  EXPECT_EQ(again, 2);
  EXPECT_EQ(under_way.enter("a", 0, [&] { ++again; }), Entered::yes);
}

TEST(UnderWay, SaysWhenALookUpIsOlderThanARecording) {
  UnderWay under_way;
  const std::uint64_t before = under_way.moment();
  EXPECT_EQ(under_way.enter("a", before, [] {}), Entered::yes);
  under_way.leave("a", true);
  EXPECT_EQ(under_way.enter("a", before, [] {}), Entered::outdated);
  EXPECT_EQ(under_way.enter("a", under_way.moment(), [] {}), Entered::yes);
}

}  // namespace
}  // namespace dmw::sources
