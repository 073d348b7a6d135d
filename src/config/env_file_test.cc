#include "config/env_file.h"

#include <gtest/gtest.h>

namespace dmw::config {
namespace {

std::string value_of(std::string_view line) {
  const Entries parsed = parse_env(line, ".env");
  if (parsed.entries.size() != 1 || !parsed.errors.empty()) return "(not one entry)";
  return parsed.entries[0].text;
}

TEST(EnvFile, ReadsPlainAndQuotedValues) {
  EXPECT_EQ(value_of("A=b"), "b");
  EXPECT_EQ(value_of("  export A = b c  "), "b c");
  EXPECT_EQ(value_of("A="), "");
  EXPECT_EQ(value_of("A=b=c"), "b=c");
  EXPECT_EQ(value_of("A='b # \\n \"c\"'"), "b # \\n \"c\"");
  EXPECT_EQ(value_of(R"(A="b\t\"c\" \$d \\ \x" # comment)"), "b\t\"c\" $d \\ \\x");
  EXPECT_EQ(value_of("A=\"\""), "");
  EXPECT_EQ(value_of("A=${HOME}"), "${HOME}");
}

TEST(EnvFile, AHashBeginsACommentOnlyAfterABlank) {
  EXPECT_EQ(value_of("A=b # c"), "b");
  EXPECT_EQ(value_of("A=b#c"), "b#c");
  EXPECT_EQ(value_of("A= # c"), "");
  EXPECT_TRUE(parse_env("# A=b\n   # c\n\n", ".env").entries.empty());
}

TEST(EnvFile, SurvivesWindowsLineEndsAndAByteOrderMark) {
  const Entries parsed = parse_env(
      "\xef\xbb\xbf"
      "A=1\r\nB='2'\r\n",
      ".env");
  ASSERT_EQ(parsed.entries.size(), 2U);
  EXPECT_EQ(parsed.entries[0].name, "A");
  EXPECT_EQ(parsed.entries[1].text, "2");
  EXPECT_EQ(parsed.entries[1].place, ".env:2");
}

TEST(EnvFile, BlanksThatCannotBeSeenAreBlanks) {
  EXPECT_EQ(value_of("\xc2\xa0"
                     "A\xc2\xa0=\xc2\xa0"
                     "b c\xe2\x80\x8b"),
            "b c");
  EXPECT_EQ(value_of("export\xc2\xa0"
                     "A=\"b\"\xc2\xa0# c"),
            "b");
  EXPECT_EQ(value_of("A=b\xc2\xa0# c"), "b");
  EXPECT_EQ(value_of("A=\"\xc2\xa0\""), "\xc2\xa0") << "what is quoted was meant";
  const Entries joined = parse_env(
      "A=1\n\xef\xbb\xbf"
      "B=2\n",
      ".env");  // of two files
  ASSERT_EQ(joined.entries.size(), 2U);
  EXPECT_EQ(joined.entries[1].name, "B");
}

TEST(EnvFile, NamesTheLineOfEachErrorAndReadsOn) {
  const Entries parsed = parse_env("A='open\nnothing\n= 3\nB C=4\nD=\"a\" b\nE=5", ".env");
  ASSERT_EQ(parsed.errors.size(), 5U);
  EXPECT_EQ(parsed.errors[0], ".env:1: the value has no closing '");
  EXPECT_EQ(parsed.errors[1], ".env:2: this line is not NAME=value");
  EXPECT_EQ(parsed.errors[2], ".env:3: the text before = is not a name");
  EXPECT_EQ(parsed.errors[4], ".env:5: there is text after the closing quote");
  ASSERT_EQ(parsed.entries.size(), 1U);
  EXPECT_EQ(parsed.entries[0].place, ".env:6");
}

}  // namespace
}  // namespace dmw::config
