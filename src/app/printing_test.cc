#include "app/printing.h"

#include <gtest/gtest.h>

namespace dmw::app {
namespace {

TEST(Printing, TellsAnAgeInItsLargestWholeUnit) {
  const json::object letter{{"at", "2026-01-31T12:00:00.250000Z"}, {"never", nullptr}, {"odd", "soon"}};
  constexpr MicrosUtc at = 1'769'860'800'250'000;
  const auto after = [&](std::int64_t seconds) { return age_of(letter, "at", at + seconds * 1'000'000); };
  EXPECT_EQ(after(2), "2s");
  EXPECT_EQ(after(59), "59s");
  EXPECT_EQ(after(60), "1m");
  EXPECT_EQ(after(3'599), "59m");
  EXPECT_EQ(after(3'600), "1h");
  EXPECT_EQ(after(86'399), "23h");
  EXPECT_EQ(after(86'400), "1d");
  EXPECT_EQ(after(400 * 86'400), "400d");
  EXPECT_EQ(after(-30), "0s") << "the clock of the server may be ahead";
  EXPECT_EQ(age_of(letter, "never", at), "-");
  EXPECT_EQ(age_of(letter, "odd", at), "-");
  EXPECT_EQ(age_of(letter, "missing", at), "-");
}

TEST(Printing, MakesColumnsAsWideAsTheirCells) {
  Table table({"ID", "NAME", "WHY"});
  table.add({"1", "M\xc3\xbcller", "a\x1b[31m"});
  table.add({"204", "-", "b"});
  EXPECT_EQ(table.text(), "ID   NAME    WHY\n1    M\xc3\xbcller  a?[31m\n204  -       b\n");
}

}  // namespace
}  // namespace dmw::app
