#include "base/terminal.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace dmw {
namespace {

TEST(Terminal, IsNotSteeredByTextFromOutside) {
  EXPECT_EQ(for_terminal("a\x1B[31mb\n\tc\x7F"), "a [31mb  c ");
  EXPECT_EQ(for_terminal("a\xC2\x9B"
                         "31m\xC2\x85"),
            "a 31m ");
  EXPECT_EQ(for_terminal("a\x9B"
                         "31m\xFF\xC3"),
            "a?31m??");
  EXPECT_EQ(for_terminal("M\xC3\xBCller \xE5\xB1\xB1 \xF0\x9F\x98\x80"), "M\xC3\xBCller \xE5\xB1\xB1 \xF0\x9F\x98\x80");
  EXPECT_EQ(for_terminal(""), "");
  EXPECT_EQ(lines_for_terminal("a\nb\rc"), "a\nb c");
}

TEST(Terminal, IsNotSteeredByJson) {
  const std::string text = "a\x1B\xC2\x9B\x7F\xC3\xBC";
  const std::string json = json_for_terminal(json::serialize(json::value{{"name", text}}));
  EXPECT_EQ(json.find_first_of("\x1B\x7F\x9B"), std::string::npos) << json;
  EXPECT_EQ(json::parse(json).value().at("name").as_string(), text);
}

}  // namespace
}  // namespace dmw
