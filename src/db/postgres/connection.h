// One connection to PostgreSQL over libpq's asynchronous functions, so that every wait has an end.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "db/database.h"
#include "db/postgres/answer.h"
#include "db/postgres/end_of_waits.h"
#include "db/postgres/parameters.h"

namespace dmw::db::postgres {

/// One thread at a time. Once it is lost it stays lost: drop it.
class Connection {
 public:
  /// `statement_timeout` bounds each call of run, here and, beside it, in the server.
  /// Errors: unavailable, timeout (no connection within 5 s), unauthorized, invalid (no such database), and as those of
  /// every later call cancelled (`end` has come).
  static Result<std::unique_ptr<Connection>> open(const std::string& url, std::chrono::milliseconds statement_timeout,
                                                  const EndOfWaits& end);

  Result<> begin(Access access);
  /// One statement, in a transaction. Prepared at its first use, unless a pooler stands before the server: that may
  /// give each transaction another session, and one session to many clients. Then a transaction brings all that it
  /// needs.
  Result<Answer> run(const std::string& sql, const Parameters& parameters);
  /// Any number of statements without parameters; the answer is that of the last one, or the first error.
  Result<Answer> run_script(const std::string& sql);
  Result<Answer> run_script(const std::string& sql, std::chrono::milliseconds timeout);

  bool is_lost() const { return lost_; }
  /// A pooler such as PgBouncer stands between us and the server.
  bool is_pooled() const { return pooled_; }
  /// No transaction is open on it.
  bool is_idle() const;
  /// The SQLSTATE of the last failed call: what check() cannot say.
  const std::string& last_sqlstate() const { return last_sqlstate_; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };

  Connection(pg_conn* connection, std::chrono::milliseconds statement_timeout, const EndOfWaits& end)
      : connection_(connection), statement_timeout_(statement_timeout), end_(end) {}
  Result<> wait_until_connected(Monotonic deadline);
  /// A server tells the number of its process when it takes a client in; a pooler tells a number of its own.
  Result<bool> meets_a_pooler();
  /// The server keeps the plan of a statement; one that it made while a table was small reads the whole table ever
  /// after. So all are made anew after some statements, then after four times as many, and each minute.
  Result<> refresh_plans();
  Result<std::string> prepare(const std::string& sql, Monotonic deadline);
  /// `sent` is what a PQsend… function returned.
  Result<Answer> receive(int sent, Monotonic deadline);
  Result<> wait(short events, Monotonic deadline);
  /// `last`: the last answer before the connection was lost, if there was one. What was said then is why.
  std::unexpected<Error> lose_after(Answer last);
  Error judge(const pg_result* answer, Error why);
  std::unexpected<Error> lose();

  static constexpr std::size_t statements_max = 256;
  std::unique_ptr<pg_conn, Finish> connection_;
  std::chrono::milliseconds statement_timeout_;
  const EndOfWaits& end_;
  std::unordered_map<std::string, std::string> statements_;  // text -> name
  std::size_t runs_ = 0;
  std::size_t refresh_at_run_ = 64;
  Monotonic refreshed_at_ = std::chrono::steady_clock::now();
  std::string last_sqlstate_;
  bool pooled_ = false;
  bool lost_ = false;
};

}  // namespace dmw::db::postgres
