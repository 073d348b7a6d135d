// Connection: one connection to PostgreSQL. It uses libpq's asynchronous functions, so that every wait has a limit.
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

/// One thread at a time. A lost connection stays lost: drop it.
class Connection {
 public:
  /// Connects. `statement_timeout` limits each call of run(), here and in the server. Errors: unavailable, timeout (no
  /// connection within 5 s), unauthorized, invalid (no such database), and, as every later call, cancelled (`end` was
  /// reached).
  static Result<std::unique_ptr<Connection>> open(const std::string& url, std::chrono::milliseconds statement_timeout,
                                                  const EndOfWaits& end);

  Result<> begin(Access access);
  /// Runs one statement in a transaction. It is prepared at its first use, except behind a pooler, which may give each
  /// transaction another session and share a session among clients.
  Result<Answer> run(const std::string& sql, const Parameters& parameters);
  /// Runs any number of statements without parameters; returns the answer of the last one, or the first error.
  Result<Answer> run_script(const std::string& sql);
  Result<Answer> run_script(const std::string& sql, std::chrono::milliseconds timeout);

  bool is_lost() const { return lost_; }
  /// True if a pooler such as PgBouncer is between us and the server.
  bool is_pooled() const { return pooled_; }
  /// True if no transaction is open.
  bool is_idle() const;
  /// The SQLSTATE of the last failed call.
  const std::string& last_sqlstate() const { return last_sqlstate_; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };

  Connection(pg_conn* connection, std::chrono::milliseconds statement_timeout, const EndOfWaits& end)
      : connection_(connection), statement_timeout_(statement_timeout), end_(end) {}
  Result<> wait_until_connected(Monotonic deadline);
  /// Compares the process number of the greeting with that of the server; a pooler sends its own number.
  Result<bool> meets_a_pooler();
  /// Drops the prepared plans. A plan that was made while a table was small would scan the table for ever. Called after
  /// some statements, then after four times as many, and each minute.
  Result<> refresh_plans();
  Result<std::string> prepare(const std::string& sql, Monotonic deadline);
  /// `sent`: the return value of a PQsend… function.
  Result<Answer> receive(int sent, Monotonic deadline);
  Result<> wait(short events, Monotonic deadline);
  /// Why a wait was given up.
  std::string silence() const;
  /// `last`: the last answer before the connection was lost, if any; it has the reason.
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
