// Manifests that a settler left behind (care/manifest_sweep.h).
#include "care/manifest_sweep.h"

#include <fstream>

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

TEST(ManifestSweep, ADirectoryThatCannotBeReadKeepsNoOther) {
  Installation one;
  for (const std::string study : {"1.2", "1.3", "1.4"}) one.publish(study, {study + ".1.1"});
  const auto leave = [&](const char* study) {
    const store::Document left{manifest_key(StudyUid(study), 9, 1), "{}"};
    ASSERT_TRUE(one.store().write({&left, 1}).at(0));
  };
  for (const char* study : {"1.2", "1.3", "1.4"}) leave(study);
  const std::unique_ptr<Settler> next = one.bench().settler();
  ASSERT_TRUE(next->pass());
  const std::filesystem::path folder =
      one.bench().store_directory() / std::filesystem::path(manifest_key(StudyUid("1.3"), 9, 1).get()).parent_path();
  std::filesystem::rename(folder, folder.string() + ".kept");
  std::ofstream(folder) << "in the way";
  care::ManifestSweep sweep("me", one.database(), one.store(), one.bench().clock);
  const auto sweep_all = [&] {
    Result<bool> passed = true;
    while (passed && *passed) passed = sweep.pass();
    return passed;
  };
  const Result<bool> swept = sweep_all();
  ASSERT_FALSE(swept);
  EXPECT_NE(swept.error().message().find("the sweep of studies/" + folder.filename().string()), std::string::npos)
      << swept.error().message();
  EXPECT_FALSE(sweep_all()) << "it is looked at again";
  std::filesystem::remove(folder);
  std::filesystem::rename(folder.string() + ".kept", folder);
  EXPECT_EQ(one.bench().manifests(),
            (std::vector<std::string>{"1.2_r1.e1.json", "1.3_r1.e1.json", "1.3_r9.e1.json", "1.4_r1.e1.json"}));
  EXPECT_TRUE(sweep_all());
  EXPECT_EQ(one.bench().manifests(), (std::vector<std::string>{"1.2_r1.e1.json", "1.3_r1.e1.json", "1.4_r1.e1.json"}));
}

}  // namespace
}  // namespace dmw::ingest
