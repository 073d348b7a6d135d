// Behind PgBouncer, which DMW_TEST_PGBOUNCER (it pools transactions over two sessions of the server) and
// DMW_TEST_PGBOUNCER_SESSION name. The server is that of DMW_TEST_POSTGRES.
#include <atomic>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "base/format.h"
#include "db/postgres/answer.h"
#include "db/postgres/postgres.h"
#include "db/test_database.h"

namespace dmw::db::postgres {
namespace {

class Pooled : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const char* url = std::getenv(GetParam());
    ASSERT_NE(url, nullptr) << "set " << GetParam() << " to the URL of a PgBouncer";
    url_ = url;
  }
  /// Another program: what one of them leaves in a session, the other meets.
  std::unique_ptr<Database> opened() { return open({.url = url_, .connections_max = 3}).value(); }

  std::string url_;
};

/// Each asks in its own words for its own number; two statements that were taken for each other would show.
void ask(Database& database, const char* words, std::int64_t number, std::atomic<int>& wrong) {
  for (int i = 0; i < 100; ++i) {
    const Result<Rows> rows = database.read(format("select $1::bigint + {}, '{}'::text", i % 7, words), {number});
    const bool right = rows && rows->at(0).integer(0) == number + i % 7 && rows->at(0).text(1) == words;
    if (!right) ++wrong;
  }
}

TEST_P(Pooled, NoStatementIsTakenForThatOfAnotherClient) {
  const auto one = opened();
  const auto other = opened();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { ask(*one, "one", 1'000, wrong); });
    threads.emplace_back([&] { ask(*other, "other", 2'000, wrong); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(Pooled, ATransactionBringsItsSettingsAndLeavesNone) {
  const auto database = opened();
  const Result<Rows> ours = database->read(
      "select current_setting('enable_seqscan'), current_setting('timezone'), "
      "current_setting('statement_timeout')");
  ASSERT_TRUE(ours) << ours.error().message();
  EXPECT_EQ(ours->at(0).text(0), "off");
  EXPECT_EQ(ours->at(0).text(1), "UTC");
  EXPECT_EQ(ours->at(0).text(2), "30s");
  const std::unique_ptr<PGconn, decltype(&PQfinish)> stranger(PQconnectdb(url_.c_str()), PQfinish);
  for (int i = 0; i < 4; ++i) {
    const Answer met(PQexec(stranger.get(),
                            "select current_setting('enable_seqscan'), current_setting('statement_timeout'), "
                            "(select count(*) from pg_prepared_statements)"));
    ASSERT_TRUE(check(met.get())) << check(met.get()).error().message();
    EXPECT_STREQ(PQgetvalue(met.get(), 0, 0), "on");
    EXPECT_STREQ(PQgetvalue(met.get(), 0, 1), "0");
    EXPECT_STREQ(PQgetvalue(met.get(), 0, 2), "0");
  }
}

TEST_P(Pooled, OneActsExclusivelyAndTheOtherSaysWhoDoes) {
  const auto one = opened();
  const auto other = open({.url = url_, .exclusive_patience = std::chrono::milliseconds(50)}).value();
  const Result<> outer = one->exclusively("dmw.pooled", [&]() -> Result<> {
    const Result<> inner = other->exclusively("dmw.pooled", [] { return Result<>(); });
    EXPECT_EQ(inner.error().code, Errc::unavailable);
    EXPECT_THAT(inner.error().what,
                ::testing::HasSubstr("the lock dmw.pooled is held by the session with backend pid"));
    return {};
  });
  ASSERT_TRUE(outer) << outer.error().message();
  EXPECT_TRUE(other->exclusively("dmw.pooled", [] { return Result<>(); }));
}

TEST(PooledStatements, AreRefusedInWords) {
  const char* url = std::getenv("DMW_TEST_PGBOUNCER_STATEMENT");
  ASSERT_NE(url, nullptr) << "set DMW_TEST_PGBOUNCER_STATEMENT to the URL of a PgBouncer that pools statements";
  const auto database = open({.url = url}).value();
  for (const Result<>& tried : {database->probe(), database->write([](Transaction&) { return Result<>(); })}) {
    ASSERT_FALSE(tried);
    EXPECT_EQ(tried.error().code, Errc::unavailable);
    EXPECT_THAT(tried.error().what, ::testing::HasSubstr("set pool_mode = transaction or session for this database"));
  }
}

TEST(LastWords, OfASessionThatTheServerEndsAreTold) {
  db::testing::PostgresSchema schema;
  const auto database = open({.url = schema.url()}).value();
  const auto transaction = database->begin(Access::write).value();
  const Result<Rows> ended = transaction->query("select pg_terminate_backend(pg_backend_pid())");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_THAT(ended.error().what, ::testing::HasSubstr("administrator"));
}

INSTANTIATE_TEST_SUITE_P(PgBouncer, Pooled, ::testing::Values("DMW_TEST_PGBOUNCER", "DMW_TEST_PGBOUNCER_SESSION"),
                         [](const auto& tested) {
                           return std::string(tested.param).ends_with("SESSION") ? "session" : "transaction";
                         });

}  // namespace
}  // namespace dmw::db::postgres
