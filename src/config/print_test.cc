#include "config/print.h"

#include <fstream>
#include <sstream>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/docs.h"
#include "config/table.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// A secret member cannot be read as text by accident.
static_assert(!std::is_convertible_v<decltype(Orthanc::password)::value_type, std::string>);
static_assert(!std::is_convertible_v<decltype(DatabaseUrl::url), std::string>);

class Print : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write(kEnvFile, "ORTHANC_URL=http://h:8042/\nORTHANC_USERNAME=u\nORTHANC_PASSWORD=hunter2\n");
    folder_.sources.environment = {{"DATABASE_URL", "postgresql+asyncpg://dmw:hunter2@h/d"},
                                   {"KAFKA_EXTRA", "linger.ms=5,ssl.key.password=hunter2"},
                                   {"EVENT_PSEUDONYM_KEY", "hunter2hunter2hunter2"}};
    folder_.sources.flags = {{"HTTP_PORT", "9000"}};
  }

  TestFolder folder_;
};

TEST_F(Print, TellsValueAndOriginAndNoSecret) {
  const std::string text = print_text(folder_.load().values);
  EXPECT_THAT(text, ContainsRegex("HTTP_PORT +9000 +--set\n"));
  EXPECT_THAT(text, ContainsRegex("ORTHANC_URL +http://h:8042/ +.env:1\n"));
  EXPECT_THAT(text, ContainsRegex("ORTHANC_PASSWORD +\\*\\*\\* +.env:3\n"));
  EXPECT_THAT(text, ContainsRegex("DATABASE_URL +postgresql\\+asyncpg://dmw:\\*\\*\\*@h/d +environment\n"));
  EXPECT_THAT(text, ContainsRegex("KAFKA_EXTRA +linger.ms=5,ssl.key.password=\\*\\*\\* +environment\n"));
  EXPECT_THAT(text, ContainsRegex("METRICS_PORT +- +default\n"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST_F(Print, JsonHasEverySettingOnceAndNoSecret) {
  const json::array values = print_json(folder_.load().values);
  EXPECT_EQ(values.size(), table().size());
  const std::string text = json::serialize(values);
  EXPECT_THAT(text, HasSubstr(R"({"name":"HTTP_PORT","value":"9000","origin":"--set"})"));
  EXPECT_THAT(text, HasSubstr(R"({"name":"METRICS_PORT","value":null,"origin":"default"})"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(Docs, DescribeEverySettingTheSameWayEachTime) {
  const std::string text = docs_markdown();
  for (const Setting& setting : table()) EXPECT_THAT(text, HasSubstr("| `" + std::string(setting.name) + "`"));
  EXPECT_EQ(text, docs_markdown());
}

TEST(Docs, ThePageInTheRepositoryIsUpToDate) {
  std::stringstream page;
  page << std::ifstream(DMW_CONFIG_DOCS).rdbuf();
  EXPECT_EQ(page.str(), docs_markdown()) << "write it again: dicom-middleware config docs > " << DMW_CONFIG_DOCS;
}

}  // namespace
}  // namespace dmw::config
