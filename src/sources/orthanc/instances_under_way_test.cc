#include "sources/orthanc/instances_under_way.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

using Entered = InstancesUnderWay::Entered;

std::shared_ptr<Pull> any_pull() {
  return std::make_shared<Pull>(Request{}, Session{});
}

TEST(InstancesUnderWay, LetsOneInAndNamesTheOthersWhenItLeaves) {
  InstancesUnderWay under_way;
  const auto first = any_pull();
  const auto second = any_pull();
  EXPECT_EQ(under_way.enter("a", 0, any_pull()), Entered::yes);
  EXPECT_EQ(under_way.enter("a", 0, first), Entered::busy);
  EXPECT_EQ(under_way.enter("a", 0, second), Entered::busy);
  EXPECT_EQ(under_way.leave("a", false), (std::vector{first, second}));
  EXPECT_EQ(under_way.enter("a", 0, first), Entered::yes);
  EXPECT_TRUE(under_way.leave("a", false).empty());
}

TEST(InstancesUnderWay, SaysWhenALookUpIsOlderThanARecording) {
  InstancesUnderWay under_way;
  const std::uint64_t before = under_way.moment();
  EXPECT_EQ(under_way.enter("a", before, any_pull()), Entered::yes);
  under_way.leave("a", true);
  EXPECT_EQ(under_way.enter("a", before, any_pull()), Entered::outdated);
  EXPECT_EQ(under_way.enter("a", under_way.moment(), any_pull()), Entered::yes);
}

}  // namespace
}  // namespace dmw::sources
