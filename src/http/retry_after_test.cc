#include "http/retry_after.h"

#include <gtest/gtest.h>

namespace dmw::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::sys_seconds now{seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT

std::optional<milliseconds> told(const std::string& field, const std::string& date = "") {
  Headers headers = {{"Retry-After", field}};
  if (!date.empty()) headers.add("Date", date);
  return retry_after(headers, now);
}

TEST(RetryAfter, CountsSeconds) {
  EXPECT_EQ(told("7"), seconds(7));
  EXPECT_EQ(told(" 0 "), seconds(0));
  EXPECT_FALSE(retry_after({}, now));
}

TEST(RetryAfter, CountsToADate) {
  EXPECT_EQ(told("Sun, 06 Nov 1994 08:50:07 GMT"), seconds(30));
  EXPECT_EQ(told("Sun, 06 Nov 1994 08:49:00 GMT"), seconds(0)) << "it is over";
  EXPECT_EQ(told("Wed, 01 Jan 2025 00:00:20 GMT", "Wed, 01 Jan 2025 00:00:00 GMT"), seconds(20))
      << "by the peer's clock";
}

TEST(RetryAfter, IsBounded) {
  EXPECT_EQ(told("86400"), seconds(86'400));
  EXPECT_EQ(told("99999999999999999999999"), std::chrono::days(7));
  EXPECT_EQ(told("Fri, 31 Dec 9999 23:59:59 GMT"), std::chrono::days(7));
}

TEST(RetryAfter, SaysNothingWhereItMeansNothing) {
  for (const char* const field : {"", "soon", "-5", "5.5", "7 s", "Sun, 31 Feb 1994 08:49:37 GMT",
                                  "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"})
    EXPECT_FALSE(told(field)) << field;
}

}  // namespace
}  // namespace dmw::http
