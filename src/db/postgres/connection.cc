#include "db/postgres/connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include <libpq-fe.h>
#include <poll.h>

#include "base/format.h"
#include "base/uuid.h"
#include "base/words.h"

namespace dmw::db::postgres {
namespace {

constexpr std::chrono::seconds connect_timeout{5};
constexpr std::string_view no_such_statement = "26000";
constexpr std::string_view poolers_own = "08P01";  // PgBouncer: no session became free, the server is away
constexpr std::size_t plans_growth = 4;
constexpr std::chrono::minutes plans_lifetime{1};

Monotonic in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// What stands before the URL the URL may change; what stands behind it holds.
/// The connection is noticed as dead on both ends, and a server in recovery (a standby) is none to us.
pg_conn* start(const std::string& url) {
  constexpr std::size_t size = 9;
  const std::array<const char*, size> keywords{
      "fallback_application_name", "keepalives_idle",      "keepalives_interval",
      "keepalives_count",          "target_session_attrs", "dbname",
      "client_encoding",           "connect_timeout",      nullptr};
  const std::array<const char*, size> values{"dicom-middleware", "30",   "10", "3",    "read-write",
                                             url.c_str(),        "UTF8", "5",  nullptr};
  return PQconnectStartParams(keywords.data(), values.data(), 1);
}

/// libpq would print notices to stderr, and they may hold a row's values.
void drop_notice(void* /*unused*/, const PGresult* /*notice*/) {}

/// `scope` is "" for the session, "local" for the transaction.
/// Every statement finds its rows by an index, however small a table is when it is planned; and none is so large that
/// compiling it pays.
std::string settings(std::chrono::milliseconds statement_timeout, std::string_view scope) {
  std::string text;
  for (const std::string_view setting :
       {"timezone = 'UTC'", "datestyle = 'ISO'", "enable_seqscan = off", "enable_hashjoin = off",
        "enable_mergejoin = off", "enable_bitmapscan = off", "jit = off"})
    text += format("set {} {}; ", scope, setting);
  // What is committed is durable, however the server, the database or the role is tuned.
  return text + format(
                    "set {} statement_timeout = {}; select set_config('synchronous_commit', 'on', {}) "
                    "where current_setting('synchronous_commit') = 'off'",
                    scope, statement_timeout.count(), scope == "local");
}

constexpr std::string_view keepalives =
    "set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; ";

/// In any other encoding there are names that cannot be stored, nor what is said of them. SQL_ASCII stores all bytes.
Result<> check_encoding(const pg_conn* connection) {
  const char* const told = PQparameterStatus(connection, "server_encoding");
  const std::string_view encoding = told == nullptr ? "" : told;
  if (encoding == "UTF8" || encoding == "SQL_ASCII") return {};
  return fail(Errc::invalid, format("the database {} has the encoding {}: create one with encoding 'UTF8'",
                                    PQdb(connection), encoding));
}

}  // namespace

void Connection::Finish::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& url,
                                                     std::chrono::milliseconds statement_timeout,
                                                     const EndOfWaits& end) {
  pg_conn* started = start(url);
  if (started == nullptr) return fail(Errc::internal, "no memory for a connection");
  std::unique_ptr<Connection> connection(new Connection(started, statement_timeout, end));
  if (PQstatus(started) == CONNECTION_BAD) return connect_failure(started);
  PQsetErrorVerbosity(started, PQERRORS_VERBOSE);  // the only way to the SQLSTATE of a refused connection
  PQsetNoticeReceiver(started, drop_notice, nullptr);
  TRY(connection->wait_until_connected(in(connect_timeout)));
  if (PQsetnonblocking(started, 1) != 0) return connection->lose();
  TRY(check_encoding(started));
  connection->pooled_ = TRY(connection->meets_a_pooler());
  if (!connection->pooled_) TRY(connection->run_script(std::string(keepalives) + settings(statement_timeout, "")));
  return connection;
}

Result<> Connection::wait_until_connected(Monotonic deadline) {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    TRY(wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    next = PQconnectPoll(connection_.get());
    if (next == PGRES_POLLING_FAILED) return connect_failure(connection_.get());
  }
  return {};
}

Result<bool> Connection::meets_a_pooler() {
  const Answer answer = TRY(run_script("select pg_backend_pid()"));
  return std::to_string(PQbackendPID(connection_.get())) != PQgetvalue(answer.get(), 0, 0);
}

Result<> Connection::begin(Access access) {
  std::string text = access == Access::read ? "begin isolation level repeatable read read only" : "begin";
  // A process that hangs in the middle of a transaction keeps no row from others for longer than a statement may take.
  text += format("; set local idle_in_transaction_session_timeout = {}",
                 std::chrono::milliseconds(statement_timeout_).count());
  if (pooled_)
    text += "; " + settings(statement_timeout_, "local");
  else
    TRY(refresh_plans());
  TRY(run_script(text));
  return {};
}

Result<> Connection::refresh_plans() {
  const bool grown = runs_ >= refresh_at_run_;
  const Monotonic now = std::chrono::steady_clock::now();
  if (!grown && now - refreshed_at_ < plans_lifetime) return {};
  if (grown) refresh_at_run_ *= plans_growth;
  refreshed_at_ = now;
  TRY(run_script("discard plans"));
  return {};
}

Result<Answer> Connection::run(const std::string& sql, const Parameters& parameters) {
  ++runs_;
  const Monotonic deadline = in(statement_timeout_);
  if (pooled_) {
    const int sent = PQsendQueryParams(connection_.get(), sql.c_str(), parameters.count(), nullptr, parameters.values(),
                                       parameters.lengths(), parameters.formats(), 0);
    return receive(sent, deadline);
  }
  const std::string name = TRY(prepare(sql, deadline));
  const int sent = PQsendQueryPrepared(connection_.get(), name.c_str(), parameters.count(), parameters.values(),
                                       parameters.lengths(), parameters.formats(), 0);
  return receive(sent, deadline);
}

Result<Answer> Connection::run_script(const std::string& sql) {
  return run_script(sql, statement_timeout_);
}

Result<Answer> Connection::run_script(const std::string& sql, std::chrono::milliseconds timeout) {
  return receive(PQsendQuery(connection_.get(), sql.c_str()), in(timeout));
}

bool Connection::is_idle() const {
  return !lost_ && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

Result<std::string> Connection::prepare(const std::string& sql, Monotonic deadline) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  if (statements_.size() >= statements_max) {
    TRY(receive(PQsendQuery(connection_.get(), "deallocate all"), deadline));
    statements_.clear();
  }
  // No other client, of this program or another, has a statement of this name.
  static const std::string ours = Uuid::random().text();
  static std::atomic<std::uint64_t> made = 0;
  std::string name = format("dmw-{}-{}", ours, ++made);
  TRY(receive(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), deadline));
  statements_.emplace(sql, name);
  return name;
}

Result<Answer> Connection::receive(int sent, Monotonic deadline) {
  last_sqlstate_.clear();
  if (sent == 0) return lose();
  for (int unsent = PQflush(connection_.get()); unsent != 0; unsent = PQflush(connection_.get())) {
    if (unsent < 0) return lose();
    // The server may have to be read before it goes on reading.
    TRY(wait(POLLIN | POLLOUT, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return lose();
  }
  Answer answer;
  for (;;) {
    while (PQisBusy(connection_.get()) != 0) {
      TRY(wait(POLLIN, deadline));
      if (PQconsumeInput(connection_.get()) != 0) continue;
      // What the server or a pooler said last is the reason why it closed the connection.
      return lose_after(std::move(answer));
    }
    Answer next(PQgetResult(connection_.get()));
    if (!next) break;
    if (!answer || check(answer.get())) answer = std::move(next);
  }
  if (!answer) return lose();
  if (const Result<> checked = check(answer.get()); !checked)
    return std::unexpected(judge(answer.get(), checked.error()));
  return answer;
}

/// libpq makes an answer of its own of a lost connection, without a state.
std::unexpected<Error> Connection::lose_after(Answer last) {
  if (!last) last.reset(PQgetResult(connection_.get()));
  for (; last; last.reset(PQgetResult(connection_.get()))) {
    const Result<> checked = check(last.get());
    if (checked || sqlstate(last.get()).empty()) continue;
    lost_ = true;
    return std::unexpected(judge(last.get(), checked.error()));
  }
  return lose();
}

/// What an error of the server, or of a pooler before it, means for the connection.
Error Connection::judge(const pg_result* answer, Error why) {
  last_sqlstate_ = sqlstate(answer);
  lost_ = lost_ || PQstatus(connection_.get()) == CONNECTION_BAD || last_sqlstate_.starts_with("57P");
  if (last_sqlstate_ == no_such_statement) {
    lost_ = true;
    return {Errc::unavailable,
            "PostgreSQL: a statement that was prepared on this connection is gone: an unknown pooler shares the "
            "session with other clients; set it to session pooling, or connect to the server directly",
            {}};
  }
  if (pooled_ && last_sqlstate_ == poolers_own) {
    lost_ = true;
    if (why.what.contains("statement pooling mode")) {
      return {Errc::unavailable,
              "PgBouncer uses pool_mode = statement, but the catalog needs transactions: set "
              "pool_mode = transaction or session for this database",
              {}};
    }
    return {Errc::unavailable, why.what + ", reported by the pooler", {}};
  }
  if (!is_outdated_plan(answer)) return why;
  lost_ = true;  // every statement of this connection may be outdated
  return {Errc::retry, "PostgreSQL: the tables have changed under a prepared statement", {}};
}

Result<> Connection::wait(short events, Monotonic deadline) {
  for (;;) {
    const Monotonic end = end_.deadline();
    const Monotonic now = std::chrono::steady_clock::now();
    // An answer that is here already would let one statement after another through, for ever.
    if (now >= end) {
      lost_ = true;
      return fail(Errc::cancelled, "the program stops without waiting for PostgreSQL");
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(deadline, end) - now);
    std::array<pollfd, 2> sources{pollfd{PQsocket(connection_.get()), events, 0}, pollfd{end_.descriptor(), POLLIN, 0}};
    // Once it is set it stays readable: it is waited for until then only.
    const nfds_t watched = end == Monotonic::max() ? 2 : 1;
    const int ready = ::poll(sources.data(), watched, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (sources[0].revents != 0) return {};
    if (ready < 0 && errno != EINTR) return lose();
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline) {
      lost_ = true;
      return fail(Errc::timeout, silence());
    }
  }
}

std::string Connection::silence() const {
  const pg_conn* const connection = connection_.get();
  const std::string peer = format("PostgreSQL at {}:{}", PQhost(connection), PQport(connection));
  switch (PQstatus(connection)) {
    case CONNECTION_OK:
      return peer + " did not answer in time";
    case CONNECTION_STARTED:
      return format("{} is not reachable (no connection in {})", peer, in_words(connect_timeout));
    default:
      return format("{} has accepted the connection and has not answered for {}", peer, in_words(connect_timeout));
  }
}

std::unexpected<Error> Connection::lose() {
  lost_ = true;
  return fail(Errc::unavailable, "PostgreSQL: the connection was lost");
}

}  // namespace dmw::db::postgres
