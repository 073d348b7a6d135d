#include "db/postgres/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <libpq-fe.h>
#include <poll.h>

#include "base/format.h"

namespace dmw::db::postgres {
namespace {

constexpr std::chrono::seconds connect_timeout{5};
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

/// Every statement finds its rows by an index, however small a table is when it is planned; and none is so large that
/// compiling it pays.
std::string settings(std::chrono::milliseconds statement_timeout) {
  return format(
      "set timezone = 'UTC'; set datestyle = 'ISO'; set statement_timeout = {}; set tcp_keepalives_idle = 30; "
      "set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; "
      "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; "
      "set jit = off; "
      // What is committed is durable (rules 1 and 3), however the server, the database or the role is tuned.
      "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
      statement_timeout.count());
}

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
  TRY(connection->run_script(settings(statement_timeout)));
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
  std::string name = format("s{}", ++statements_made_);
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
      if (PQconsumeInput(connection_.get()) == 0) return lose();
    }
    Answer next(PQgetResult(connection_.get()));
    if (!next) break;
    if (!answer || check(answer.get())) answer = std::move(next);
  }
  if (!answer) return lose();
  const Result<> checked = check(answer.get());
  if (checked) return answer;
  last_sqlstate_ = sqlstate(answer.get());
  lost_ = lost_ || PQstatus(connection_.get()) == CONNECTION_BAD || last_sqlstate_.starts_with("57P");
  if (!is_outdated_plan(answer.get())) return std::unexpected(checked.error());
  lost_ = true;  // every statement of this connection may be outdated
  return fail(Errc::retry, "PostgreSQL: the tables have changed under a prepared statement");
}

Result<> Connection::wait(short events, Monotonic deadline) {
  for (;;) {
    const Monotonic end = end_.deadline();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(std::min(deadline, end) - std::chrono::steady_clock::now());
    std::array<pollfd, 2> sources{pollfd{PQsocket(connection_.get()), events, 0}, pollfd{end_.descriptor(), POLLIN, 0}};
    // Once it is set it stays readable: it is waited for until then only.
    const nfds_t watched = end == Monotonic::max() ? 2 : 1;
    const int ready = ::poll(sources.data(), watched, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (sources[0].revents != 0) return {};
    if (ready < 0 && errno != EINTR) return lose();
    if (ready == 0) {
      lost_ = true;
      if (end < deadline) return fail(Errc::cancelled, "the program stops without waiting for PostgreSQL");
      return fail(Errc::timeout, "PostgreSQL did not answer in time");
    }
  }
}

std::unexpected<Error> Connection::lose() {
  lost_ = true;
  return fail(Errc::unavailable, "PostgreSQL: the connection was lost");
}

}  // namespace dmw::db::postgres
