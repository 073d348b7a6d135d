#include "config/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/test_folder.h"

namespace dmw::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

json::object as_received(const Loaded& loaded) {
  return json::parse(json::serialize(told(loaded))).value().get_object();
}

TEST(Comparison, OfTheSameSettingsFindsNothing) {
  TestFolder folder;
  folder.write(kEnvFile, "ORTHANC_USERNAME=a\nORTHANC_PASSWORD=hunter2\nDATABASE_URL=postgresql://u:hunter2@h/d\n");
  EXPECT_THAT(differences(as_received(folder.load()), folder.load()), IsEmpty());
}

TEST(Comparison, NamesBothValuesAndWhereEachIsFrom) {
  TestFolder folder;
  folder.write(kEnvFile, "HTTP_PORT=8001\n");
  folder.write(kTomlFile, "[settle.ae.CT01]\nquiet = \"30s\"\n");
  const json::object there = as_received(folder.load());
  folder.write(kEnvFile, "HTTP_PORT=8002\n");
  folder.write(kTomlFile, "[settle.ae.MR01]\nquiet = \"9s\"\n");
  const std::vector<Difference> found = differences(there, folder.load());
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[0].name, "HTTP_PORT");
  EXPECT_EQ(found[0].there, "8001");
  EXPECT_EQ(found[0].there_origin, ".env:1");
  EXPECT_EQ(found[0].here, "8002");
  EXPECT_EQ(found[1].name, "settle.ae.MR01.quiet");
  EXPECT_EQ(found[1].here, "9s");
  EXPECT_EQ(found[2].name, "settle.ae.CT01.quiet");
  EXPECT_EQ(found[2].there, "30s");
}

TEST(Comparison, SeesAnotherSecretAndNeverTellsOne) {
  TestFolder folder;
  const auto with = [&](const std::string& password) {
    folder.write(kEnvFile, "ORTHANC_USERNAME=a\nORTHANC_PASSWORD=" + password +
                               "\nDATABASE_URL=postgresql://u:" + password + "@h/d\n");
    return folder.load();
  };
  const json::object there = as_received(with("hunter2"));
  EXPECT_THAT(json::serialize(there), Not(HasSubstr("hunter2")));
  const std::vector<Difference> found = differences(there, with("hunter3"));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].name, "ORTHANC_PASSWORD");
  EXPECT_EQ(found[0].there, "***");
  EXPECT_EQ(found[0].here, "***");
  EXPECT_EQ(found[1].name, "DATABASE_URL");
  EXPECT_EQ(found[1].there, "postgresql://u:***@h/d");
}

TEST(Comparison, TakesNonsenseForNothing) {
  const TestFolder folder;
  EXPECT_THAT(differences({{"settings", 5}}, folder.load()), IsEmpty());
  EXPECT_THAT(differences({{"settings", json::array{1, json::object{{"name", 5}}}}}, folder.load()), IsEmpty());
}

}  // namespace
}  // namespace dmw::config
