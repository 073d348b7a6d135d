#include "model/object_key.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

TEST(ManifestKey, IsReadBack) {
  for (const std::string uid : {"1.2.3", "no uid at all"}) {
    for (const std::int64_t epoch : {0, 1, 70}) {
      const std::optional<ManifestName> name = parse_manifest_key(manifest_key(StudyUid(uid), 12, epoch));
      ASSERT_TRUE(name);
      EXPECT_EQ(name->study, name_in_keys(StudyUid(uid)));
      EXPECT_EQ(name->revision, 12);
      EXPECT_EQ(name->epoch, epoch);
    }
  }
  EXPECT_TRUE(manifest_key(StudyUid("1.2.3"), 12, 7).get().ends_with("/1.2.3_r12.e7.json"));
  EXPECT_TRUE(manifest_key(StudyUid("1.2.3"), 12, 0).get().ends_with("/1.2.3_r12.json"));
}

TEST(ManifestKey, IsNoOther) {
  for (const char* key : {"studies/000/1.2_1.2.3.0123456789abcdef0123456789abcdef.dcm", "studies/000/1.2_r1.dcm",
                          "studies/000/1.2_r.json", "studies/000/1.2_r01.json", "studies/000/1.2_r-1.json",
                          "studies/000/1.2_r1.e.json", "studies/000/1.2_r1.e0.json", "studies/000/1.2_r1.x1.json",
                          "studies/000/1.2_r99999999999.json", "studies/000/1.2.json", "marks/1.2_r1.json", ""}) {
    EXPECT_FALSE(parse_manifest_key(ObjectKey(key))) << key;
  }
}

}  // namespace
}  // namespace dmw
