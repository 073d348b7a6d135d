#include "http/http_date.h"

#include <gtest/gtest.h>

namespace dmw::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

TEST(HttpDate, IsThatOfTheRfc) {
  EXPECT_EQ(http_date(sys_seconds(seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, KnowsEachDayOfTheWeekAndLeapYears) {
  EXPECT_EQ(http_date(sys_seconds(seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(sys_seconds(seconds(951'782'399))), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(http_date(sys_seconds(seconds(951'782'400))), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(http_date(sys_seconds(seconds(4'107'542'400))), "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST(HttpDate, IsReadAgainAsItWasWritten) {
  for (std::int64_t time = 0; time < 8'000'000'000; time += 86'399 * 7) {
    const sys_seconds at{seconds(time)};
    ASSERT_EQ(parse_http_date(http_date(at)), at) << http_date(at);
  }
}

}  // namespace
}  // namespace dmw::http
