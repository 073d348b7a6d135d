#include "config/toml_file.h"

#include <gtest/gtest.h>

namespace dmw::config {
namespace {

TEST(TomlFile, ReadsTextNumbersTruthAndLists) {
  const Entries parsed = parse_toml("a = \"x\"\nb = 8000\nc = true\nd = [\"P\", \"Q\"]\n", "f.toml");
  ASSERT_TRUE(parsed.errors.empty());
  ASSERT_EQ(parsed.entries.size(), 4U);
  EXPECT_EQ(parsed.entries[0].text, "x");
  EXPECT_EQ(parsed.entries[1].text, "8000");
  EXPECT_EQ(parsed.entries[1].place, "f.toml:2");
  EXPECT_EQ(parsed.entries[2].text, "true");
  EXPECT_EQ(parsed.entries[3].text, "P,Q");
}

TEST(TomlFile, RefusesWhatNoSettingCanBe) {
  const Entries parsed = parse_toml("a = 1.5\nHTTP_PORT = 1\n[section]\nb = 1\n", "f.toml");
  EXPECT_TRUE(parsed.entries.empty());
  ASSERT_EQ(parsed.errors.size(), 3U);
  EXPECT_EQ(parsed.errors[0], "f.toml:2: HTTP_PORT is written in lower case here: http_port");
  EXPECT_TRUE(parsed.errors[1].starts_with("f.toml:1: a: the value must be"));
  EXPECT_EQ(
      parsed.errors[2],
      "f.toml:3: section: this section is not known; settings are keys at the top level, sections are orthanc.NAME, "
      "kafka.NAME, settle.source.NAME and settle.ae.TITLE");
}

TEST(TomlFile, NamesTheLineOfASyntaxError) {
  const Entries parsed = parse_toml("a = 1\nb = = 2\n", "f.toml");
  ASSERT_EQ(parsed.errors.size(), 1U);
  EXPECT_TRUE(parsed.errors[0].starts_with("f.toml:2: ")) << parsed.errors[0];
}

}  // namespace
}  // namespace dmw::config
