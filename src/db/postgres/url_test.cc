#include "db/postgres/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmw::db::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(PostgresUrl, IsTakenWithoutTheDriverInItsScheme) {
  EXPECT_EQ(libpq_url("postgresql+asyncpg://u:p@h:5432/d").value(), "postgresql://u:p@h:5432/d");
  for (const char* right : {"postgres://", "postgresql://h/d", "postgresql://h:/d", "postgresql://h:65535/d",
                            "postgresql://a:1,b,[::1]:3/d?sslmode=verify-full", "postgresql:///d?host=/run&port=6543",
                            "postgresql://u:a%3A?b@h/d?connect_timeout=3"}) {
    EXPECT_TRUE(libpq_url(right).has_value()) << right;
  }
}

TEST(PostgresUrl, SaysWhatIsWrongBeforeAServerIsAskedAndRepeatsNothing) {
  const auto told = [](const std::string& url) {
    const Result<std::string> taken = libpq_url(url);
    if (taken) return "taken: " + url;
    EXPECT_EQ(taken.error().code, Errc::invalid) << url;
    EXPECT_THAT(taken.error().what, Not(HasSubstr("hunter2"))) << url;
    return taken.error().what;
  };
  for (const char* wrong :
       {"postgresql://u:hunter2@h:notaport/d", "postgresql://u:hunter2@h:65536/d", "postgresql://u:hunter2@h:0/d",
        "postgresql://u:hunter2@h:-1/d", "postgresql://u:hunter2@h:5432x/d", "postgresql://u:hunter2@a:1,b:x,c:3/d",
        "postgresql://u:a@b:hunter2@h/d", "postgresql://h/d?port=hunter2"}) {
    EXPECT_THAT(told(wrong), StartsWith("DATABASE_URL: the value has a wrong port; allowed: 1..65535")) << wrong;
  }
  for (const char* wrong : {"postgresql://u:hunter2@h/d?sslmode=requird", "postgresql://h/d?sslmode=hunter2",
                            "postgresql://u:hunter2@h/d?sslmode="}) {
    EXPECT_THAT(told(wrong), StartsWith("DATABASE_URL: the value has a wrong sslmode; allowed: disable, ")) << wrong;
  }
  for (const char* wrong : {"postgresql://u:hunter2@h/d?foo=bar", "postgresql://u:a/b?hunter2@h/d",
                            "postgresql://u:hunter2%zz@h/d", "postgresql://u:hunter2@[::1/d"}) {
    EXPECT_THAT(told(wrong), StartsWith("DATABASE_URL: the value is not a URL that libpq takes; allowed: ")) << wrong;
  }
  EXPECT_THAT(told("mysql://u:hunter2@h/d"), StartsWith("DATABASE_URL: the value is not a URL of PostgreSQL"));
}

}  // namespace
}  // namespace dmw::db::postgres
