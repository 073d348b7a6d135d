// Manifests that a settler left behind (care/manifest_sweep.h).
#include "care/manifest_sweep.h"

#include <gtest/gtest.h>

#include "ingest/test_installation.h"

namespace dmw::ingest {
namespace {

TEST(ManifestSweep, RemovesWhatNoRevisionNamesOnceAnotherSettlerLeads) {
  Installation one;
  one.publish("1.2", {"1.2.1.1"});
  const auto leave = [&](int revision, std::int64_t epoch) {
    const store::Document left{manifest_key(StudyUid("1.2"), revision, epoch), "{}"};
    ASSERT_TRUE(one.store().write({&left, 1}).at(0));
  };
  leave(2, 1);
  care::ManifestSweep sweep("me", one.database(), one.store(), one.bench().clock);
  const auto sweep_all = [&] {
    while (sweep.pass().value()) {
    }
    return one.bench().manifests();
  };
  EXPECT_EQ(sweep_all().size(), 2U) << "its settler may still publish it";
  const std::unique_ptr<Settler> next = one.bench().settler();  // takes its own lease again: the next epoch
  ASSERT_TRUE(next->pass());
  EXPECT_EQ(sweep_all(), std::vector<std::string>{"1.2_r1.e1.json"});
  leave(2, 1);
  EXPECT_EQ(sweep_all().size(), 2U) << "it has been here";
  one.bench().clock.advance(6h);
  EXPECT_EQ(sweep_all(), std::vector<std::string>{"1.2_r1.e1.json"});
  care::ManifestSweep other("you", one.database(), one.store(), one.bench().clock);
  leave(2, 1);
  EXPECT_FALSE(other.pass().value());
  EXPECT_EQ(one.bench().manifests().size(), 2U) << "another one leads";
}

}  // namespace
}  // namespace dmw::ingest
