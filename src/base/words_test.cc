#include "base/words.h"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

namespace dmw {
namespace {

using namespace std::chrono_literals;

TEST(Words, DurationsHaveOneUnit) {
  EXPECT_EQ(in_words(0s), "0 s");
  EXPECT_EQ(in_words(119s), "119 s");
  EXPECT_EQ(in_words(11min + 59s), "11 min");
  EXPECT_EQ(in_words(2h), "2 h");
}

TEST(Words, TimesAreLocalAndSayTheirOffset) {
  const auto in_zone = [](const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    return local_rfc3339(1'769'860'800'000'000);
  };
  EXPECT_EQ(in_zone("CET-1"), "2026-01-31T13:00:00.000000+01:00");
  EXPECT_EQ(in_zone("NST3:30"), "2026-01-31T08:30:00.000000-03:30");
  EXPECT_EQ(in_zone("UTC0"), "2026-01-31T12:00:00.000000+00:00");
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace dmw
