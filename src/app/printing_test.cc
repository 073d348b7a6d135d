#include "app/printing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/test_zone.h"

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

TEST(Printing, TellsTimesInTheZoneOfThisMachine) {
  const json::object row{{"received_at", "2026-01-31T12:00:00.250000Z"},
                         {"at", "2026-07-01T23:59:59.000000Z"},
                         {"since", "2026-01-31T12:00:00Z"},
                         {"study_description", "2026-01-31T12:00:00.250000Z"},
                         {"ended_at", nullptr},
                         {"begun_at", "soon"}};
  const TestZone berlin("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(text_of(row, "received_at"), "2026-01-31T13:00:00+01:00");
  EXPECT_EQ(text_of(row, "at"), "2026-07-02T01:59:59+02:00") << "that of summer, though it may be winter now";
  EXPECT_EQ(text_of(row, "since"), "2026-01-31T13:00:00+01:00");
  EXPECT_EQ(text_of(row, "study_description"), "2026-01-31T12:00:00.250000Z") << "no time of ours";
  EXPECT_EQ(text_of(row, "ended_at"), "-");
  EXPECT_EQ(text_of(row, "begun_at"), "soon");
  testing::internal::CaptureStdout();
  print_members(row);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::HasSubstr("  2026-01-31T13:00:00+01:00\n"));
}

TEST(Printing, MakesColumnsAsWideAsTheirCells) {
  Table table({"ID", "NAME", "WHY"});
  table.add({"1", "M\xc3\xbcller", "a\x1b[31m"});
  table.add({"204", "-", "b"});
  EXPECT_EQ(table.text(), "ID   NAME    WHY\n1    M\xc3\xbcller  a?[31m\n204  -       b\n");
}

}  // namespace
}  // namespace dmw::app
