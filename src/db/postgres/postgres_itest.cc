// Needs a PostgreSQL that DMW_TEST_POSTGRES names by URL, with the right to create schemas. Each test has its own
// schema.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <latch>

#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/file.h"
#include "db/contract.h"
#include "db/postgres/postgres.h"
#include "testing/eventually.h"

namespace dmw::db::postgres {
namespace {

INSTANTIATE_TEST_SUITE_P(Postgres, DatabaseContract,
                         ::testing::Values([] { return std::make_unique<testing::OpenedPostgres>(); }));

class PostgresItest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> opened(std::size_t connections = 4, int statement_s = 30, int pool_s = 10) {
    return open({.url = schema_.url(),
                 .connections_max = connections,
                 .statement_timeout = std::chrono::seconds(statement_s),
                 .pool_timeout = std::chrono::seconds(pool_s)})
        .value();
  }

  testing::PostgresSchema schema_;
};

std::int64_t own_pid(Transaction& transaction) {
  return transaction.query("select pg_backend_pid()").value().front().integer(0);
}

void terminate(Database& other, std::int64_t pid) {
  ASSERT_TRUE(other.write([&](Transaction& t) -> Result<> {
    TRY(t.query("select pg_terminate_backend($1, 5000)", {pid}));
    return {};
  }));
}

/// Stops a process of the server; it goes on when this is destroyed.
class Stopped {
 public:
  explicit Stopped(std::int64_t pid) : pid_(static_cast<pid_t>(pid)) { is_stopped_ = ::kill(pid_, SIGSTOP) == 0; }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped() {
    if (is_stopped_) ::kill(pid_, SIGCONT);
  }
  bool is_stopped() const { return is_stopped_; }

 private:
  pid_t pid_;
  bool is_stopped_ = false;
};

/// A server in a container or on another host has process numbers that mean something else here.
bool is_local_server(std::int64_t pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  return name == "postgres";
}

std::int64_t parent_of(std::int64_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state, parent;
  status >> number >> name;
  while (!name.ends_with(')')) status >> name;
  status >> state >> parent;
  return std::stoll(parent);
}

TEST_F(PostgresItest, EndsInTimeoutWhenTheServerStopsAndRecovers) {
  const auto database = opened(4, 1);
  auto transaction = database->begin(Access::write).value();
  const std::int64_t pid = own_pid(*transaction);
  if (!is_local_server(pid)) GTEST_SKIP() << "the server does not run on this machine";
  const auto started = std::chrono::steady_clock::now();
  {
    const Stopped backend(pid);
    const Stopped server(parent_of(pid));
    if (!backend.is_stopped() || !server.is_stopped()) GTEST_SKIP() << "no right to stop the server";
    EXPECT_EQ(transaction->query("select 1").error().code, Errc::timeout);
    EXPECT_EQ(transaction->commit().error().code, Errc::timeout);
    transaction.reset();
    EXPECT_EQ(database->probe().error().code, Errc::timeout);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(9));
  const Result<> recovered = database->probe();
  EXPECT_TRUE(recovered) << recovered.error().message();
}

TEST_F(PostgresItest, EndsInTimeoutWhenAStatementTakesTooLong) {
  const auto database = opened(1, 1);
  EXPECT_EQ(database->read("select pg_sleep(30)").error().code, Errc::timeout);
  EXPECT_TRUE(database->probe());
}

TEST_F(PostgresItest, NobodyWaitsAnyMoreWhenTheWaitsEnd) {
  const auto database = opened(1);
  const auto other = opened();
  const auto sleeps = [&] {
    const Result<Rows> found =
        other->read("select 1 from pg_stat_activity where query = 'select pg_sleep(29)' and state = 'active'");
    return found && !found->empty();
  };
  const auto started = std::chrono::steady_clock::now();
  std::thread runs([&] { EXPECT_EQ(database->read("select pg_sleep(29)").error().code, Errc::cancelled); });
  EXPECT_TRUE(eventually(sleeps, std::chrono::seconds(10)));
  std::thread waits_for_a_place([&] { EXPECT_EQ(database->probe().error().code, Errc::cancelled); });
  database->end_waits_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
  runs.join();
  waits_for_a_place.join();
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(9));
}

// A server may be so quick that its answer is there before it is waited for.
TEST_F(PostgresItest, NoStatementGetsThroughOnceTheWaitsHaveEnded) {
  const auto database = opened();
  const auto transaction = database->begin(Access::read).value();
  database->end_waits_at(std::chrono::steady_clock::now());
  EXPECT_FALSE(transaction->query("select 1"));
  for (int i = 0; i < 200; ++i) ASSERT_FALSE(database->read("select 1")) << i;
}

TEST_F(PostgresItest, SaysUnavailableWhenTheConnectionDiesAndRecovers) {
  const auto database = opened();
  const auto other = opened();
  auto transaction = database->begin(Access::write).value();
  terminate(*other, own_pid(*transaction));
  EXPECT_EQ(transaction->query("select 1").error().code, Errc::unavailable);
  EXPECT_EQ(transaction->commit().error().code, Errc::unavailable);
  transaction.reset();
  EXPECT_TRUE(database->probe());
}

TEST_F(PostgresItest, ATransactionThatStandsStillKeepsItsLocksNoLongerThanAStatement) {
  const auto hangs = opened(1, 1);
  const auto other = opened();
  ASSERT_TRUE(
      other->write([](Transaction& t) { return t.script("create table held(id int); insert into held values (1)"); }));
  auto transaction = hangs->begin(Access::write).value();
  ASSERT_TRUE(transaction->query("select id from held for update"));
  // It waits for the lock until the server ends the other session.
  ASSERT_TRUE(other->write([](Transaction& t) -> Result<> {
    TRY(t.query("update held set id = 2"));
    return {};
  }));
  EXPECT_EQ(transaction->query("update held set id = 3").error().code, Errc::unavailable);
  EXPECT_FALSE(transaction->commit());
  transaction.reset();
  EXPECT_TRUE(hangs->probe());
  EXPECT_EQ(other->read("select id from held")->at(0).integer(0), 2);
}

TEST_F(PostgresItest, ReplacesAConnectionThatDiedIdle) {
  const auto database = opened();
  const auto other = opened();
  auto transaction = database->begin(Access::write).value();
  const std::int64_t pid = own_pid(*transaction);
  transaction.reset();
  terminate(*other, pid);
  const Result<Rows> rows = database->read("select pg_backend_pid()");
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_NE(rows->front().integer(0), pid);
}

TEST_F(PostgresItest, LogsInAnewWithAnotherUrlAndKeepsWhatIsOpen) {
  const auto database = opened();
  std::unique_ptr<Transaction> open = database->begin(Access::read).value();
  ASSERT_TRUE(database->change_login(schema_.url() + "&user=dmw_nobody"));
  EXPECT_TRUE(open->query("select 1"));
  EXPECT_FALSE(database->begin(Access::read));  // a second connection
  ASSERT_TRUE(database->change_login(schema_.url()));
  EXPECT_TRUE(database->begin(Access::read));
  EXPECT_TRUE(open->query("select 1"));
  EXPECT_EQ(database->change_login("postgresql://h:notaport/d").error().code, Errc::invalid);
}

TEST_F(PostgresItest, LimitsItsConnections) {
  const auto database = opened(2, 30, 1);
  auto first = database->begin(Access::write).value();
  const auto second = database->begin(Access::read).value();
  EXPECT_EQ(database->begin(Access::read).error().code, Errc::unavailable);
  first.reset();
  EXPECT_TRUE(database->begin(Access::read));
}

TEST_F(PostgresItest, WinsADeadlockByTryingAgain) {
  const auto database = opened();
  ASSERT_TRUE(database->write([](Transaction& t) {
    return t.script(
        "create table t (id bigint primary key, n bigint); insert into t values (1, 0), (2, 0); "
        "set local deadlock_timeout = '50ms'");
  }));
  std::latch both(2);
  std::atomic<int> runs = 0;
  const auto cross = [&](std::int64_t from, std::int64_t to) {
    bool is_first = true;
    return database->write([&](Transaction& t) -> Result<> {
      ++runs;
      TRY(t.query("update t set n = n + 1 where id = $1", {from}));
      if (std::exchange(is_first, false)) both.arrive_and_wait();
      TRY(t.query("update t set n = n + 1 where id = $1", {to}));
      return {};
    });
  };
  std::thread thread([&] { EXPECT_TRUE(cross(1, 2)); });
  EXPECT_TRUE(cross(2, 1));
  thread.join();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(database->read("select sum(n) from t")->front().integer(0), 4);
}

TEST_F(PostgresItest, SkipsRowsThatSomebodyElseHolds) {
  const auto database = opened();
  ASSERT_TRUE(database->write(
      [](Transaction& t) { return t.script("create table t (id bigint); insert into t values (1), (2)"); }));
  const auto first = database->begin(Access::write).value();
  EXPECT_EQ(first->query("select id from t order by id limit 1 {skip_locked}")->front().integer(0), 1);
  const auto second = database->begin(Access::write).value();
  EXPECT_EQ(second->query("select id from t order by id limit 1 {skip_locked}")->front().integer(0), 2);
}

TEST_F(PostgresItest, PreparesAgainWhenAMigrationChangesATable) {
  const auto database = opened(2);
  const auto script = [&](std::string_view sql) {
    return database->write([&](Transaction& t) { return t.script(sql); });
  };
  ASSERT_TRUE(script("create table t (id bigint); insert into t values (1)"));
  const auto select = [&] { return database->write([](Transaction& t) { return t.query("select * from t"); }); };
  ASSERT_TRUE(select());
  ASSERT_TRUE(script("alter table t add more text default 'x'"));
  const Result<Rows> rows = select();
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(rows->front().text(1), "x");
}

TEST_F(PostgresItest, SaysDataForValuesThatOnlyPostgresRefuses) {
  const auto database = opened();
  ASSERT_TRUE(database->write([](Transaction& t) { return t.script("create table t (id text primary key, d date)"); }));
  const auto code = [&](std::string_view sql, const Value& value) {
    const Result<Rows> result = database->write([&](Transaction& t) { return t.query(sql, {value}); });
    return result ? "none" : name(result.error().code);
  };
  EXPECT_EQ(code("insert into t values ($1)", "\xff"), "data");
  EXPECT_EQ(code("insert into t values ('', $1)", "yesterdayish"), "data");
  std::string random;  // longer than an index entry may be, and of no use to a compressor
  for (int i = 0; random.size() < 20'000; ++i) random += std::to_string(std::hash<int>{}(i) * 0x9e3779b97f4a7c15U);
  EXPECT_EQ(code("insert into t values ($1)", random), "data");
}

/// A database of its own, gone at the end.
class OwnDatabase {
 public:
  explicit OwnDatabase(std::string_view options) : server_(PQconnectdb(testing::postgres_url().c_str()), PQfinish) {
    run(format("create database {} template template0 {}", name_, options));
  }
  OwnDatabase(const OwnDatabase&) = delete;
  OwnDatabase& operator=(const OwnDatabase&) = delete;
  ~OwnDatabase() { run(format("drop database {} with (force)", name_)); }

  void run(const std::string& sql) const {
    const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(server_.get(), sql.c_str()), PQclear);
    EXPECT_EQ(PQresultStatus(done.get()), PGRES_COMMAND_OK) << PQerrorMessage(server_.get());
  }
  const std::string& name() const { return name_; }
  std::string url() const {
    const std::string server = testing::postgres_url();
    return server.substr(0, server.find('/', server.find('@'))) + "/" + name_;
  }

 private:
  const std::string name_ = format("dmw_own_{}", ::getpid());
  std::unique_ptr<PGconn, decltype(&PQfinish)> server_;
};

TEST_F(PostgresItest, CommitsDurablyWhateverTheDatabaseIsTunedFor) {
  const OwnDatabase own("");
  const auto commits = [&] {
    return open({.url = own.url()}).value()->read("select current_setting('synchronous_commit')")->front().text(0);
  };
  own.run(format("alter database {} set synchronous_commit = off", own.name()));
  EXPECT_EQ(commits(), "on");
  own.run(format("alter database {} set synchronous_commit = remote_apply", own.name()));
  EXPECT_EQ(commits(), "remote_apply") << "what is more stays";
}

TEST_F(PostgresItest, RefusesADatabaseThatCannotHoldEveryName) {
  const OwnDatabase own("encoding 'LATIN1' locale 'C'");
  const Error refused = open({.url = own.url()}).value()->probe().error();
  EXPECT_EQ(refused.code, Errc::invalid);
  EXPECT_NE(refused.what.find("LATIN1"), std::string::npos) << refused.message();
}

TEST_F(PostgresItest, ExplainsWhatItCannotReach) {
  const std::string url = testing::postgres_url();
  const auto refused = [](const std::string& to) { return open({.url = to}).value()->probe().error(); };
  const std::size_t user = url.find("://") + 3;
  const std::size_t at = url.find('@');
  ASSERT_NE(at, std::string::npos);
  const std::string name(url.substr(user, url.find_first_of(":@", user) - user));

  const std::size_t path = url.find('/', at);
  const Error unknown = refused(url.substr(0, path) + "/nowhere_dmw");
  EXPECT_EQ(unknown.code, Errc::invalid);
  EXPECT_NE(unknown.what.find("nowhere_dmw"), std::string::npos) << unknown.message();

  const Error nobody = refused("postgresql://nobody_dmw:hunter2" + url.substr(at));
  EXPECT_EQ(nobody.code, Errc::unauthorized) << nobody.message();
  EXPECT_EQ(nobody.message().find("hunter2"), std::string::npos);

  const Error away = refused("postgresql+asyncpg://" + name + ":hunter2@127.0.0.1:1/x");
  EXPECT_EQ(away.code, Errc::unavailable) << away.message();
  EXPECT_EQ(away.message().find("hunter2"), std::string::npos);

  const File silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::listen(silent.descriptor(), 4), 0) << "on a free port of every address";
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(silent.descriptor(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string there = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const Error mute = refused("postgresql://" + name + ":hunter2@" + there + "/x");
  EXPECT_EQ(mute.code, Errc::timeout) << mute.message();
  EXPECT_EQ(mute.what, "PostgreSQL at " + there + " has accepted the connection and has not answered for 5 s");
}

TEST(Postgres, RefusesWhatIsNoUrlOfAServer) {
  for (const char* url : {"mysql://a@b/c", "", "/var/lib/catalog.sqlite", "postgresql://u:hunter2@h/d?nonsense=1"}) {
    const auto database = open({.url = url});
    ASSERT_FALSE(database) << url;
    EXPECT_EQ(database.error().code, Errc::invalid);
    EXPECT_EQ(database.error().message().find("hunter2"), std::string::npos);
  }
  EXPECT_TRUE(open({.url = "postgres://u:p@h/d"}));
}

}  // namespace
}  // namespace dmw::db::postgres
