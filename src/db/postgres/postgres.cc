#include "db/postgres/postgres.h"

#include "base/format.h"
#include "base/live.h"
#include "db/pool.h"
#include "db/postgres/connection.h"
#include "db/postgres/end_of_waits.h"
#include "db/postgres/transaction.h"
#include "db/postgres/url.h"

namespace dmw::db::postgres {
namespace {

constexpr std::chrono::milliseconds exclusive_poll{20};

/// FNV-1a: the same number for a name in every version of the program.
std::int64_t lock_number(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return static_cast<std::int64_t>(hash);
}

/// Who holds the advisory lock, in words for the person who has to end a session that was left behind.
/// Facts: PostgreSQL 15 §54.12 (pg_locks: the halves of the number are classid and objid, objsubid is 1).
Result<std::string> holder_of(Connection& connection, std::string_view name) {
  const auto number = static_cast<std::uint64_t>(lock_number(name));
  const Answer answer = TRY(connection.run_script(format(
      "select l.pid, coalesce(nullif(a.application_name, ''), 'a session'), coalesce(host(a.client_addr), 'that "
      "host'), "
      "coalesce(a.state, 'in a state that this user may not see'), "
      "coalesce(extract(epoch from clock_timestamp() - a.state_change)::bigint, 0) "
      "from pg_locks l left join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.granted and "
      "l.database = (select oid from pg_database where datname = current_database()) and l.classid = {} and "
      "l.objid = {} and l.objsubid = 1",
      number >> 32U, number & 0xffffffffU)));
  const Rows rows = rows_of(answer.get());
  if (rows.empty()) return format("another session held the lock {} until now", name);
  const Row& row = rows.front();
  return format(
      "the lock {0} is held by the session with backend pid {1} ({2} on {3}, {4} for {5} s); if its program is dead, "
      "end "
      "it: select pg_terminate_backend({1})",
      name, row.integer(0), row.text(1), row.text(2), row.text(3), row.integer(4));
}

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const Options& options, std::string url, File wake)
      : options_(options), url_(std::move(url)), end_(std::move(wake)), pool_(options.connections_max) {}

  Engine engine() const override { return Engine::postgres; }

  Result<std::unique_ptr<Transaction>> begin(Access access) override {
    auto lease = pool_.take(options_.pool_timeout);
    if (!lease)
      return fail(Errc::unavailable,
                  format("no database connection became free within {} s", options_.pool_timeout.count()));
    if (lease->item) {
      const Result<> begun = lease->item->begin(access);
      if (begun) return std::make_unique<PostgresTransaction>(std::move(*lease), access);
      lease->item.reset();
      // The server was restarted since: one connection is replaced without a word.
      if (begun.error().code != Errc::unavailable) return std::unexpected(begun.error());
    }
    std::unique_ptr<Connection> opened = TRY(connect());
    TRY(opened->begin(access));
    lease->item = std::move(opened);
    return std::make_unique<PostgresTransaction>(std::move(*lease), access);
  }

  /// In a transaction on a connection of its own: closing it gives the lock back whatever happened, also behind a
  /// pooler.
  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override {
    const std::unique_ptr<Connection> connection = TRY(connect());
    TRY(connection->begin(Access::write));
    // It is idle while `act` runs, and the server may be configured to end idle transactions.
    TRY(
        connection->run_script("select set_config(name, '0', true) from pg_settings where name in "
                               "('idle_in_transaction_session_timeout', 'transaction_timeout')"));
    const Monotonic deadline = std::chrono::steady_clock::now() + options_.exclusive_patience;
    for (;;) {
      const Answer tried =
          TRY(connection->run_script(format("select pg_try_advisory_xact_lock({})", lock_number(name))));
      if (rows_of(tried.get()).at(0).boolean(0)) break;
      if (std::chrono::steady_clock::now() > deadline)
        return fail(Errc::unavailable, TRY(holder_of(*connection, name)));
      TRY(end_.rest(exclusive_poll));
    }
    return act();
  }

  Result<> probe() override {
    const std::unique_ptr<Transaction> transaction = TRY(begin(Access::write));
    TRY(transaction->query("select 1"));
    return transaction->commit();
  }

  Result<> change_login(const std::string& url) override {
    url_.set(TRY(libpq_url(url)));
    return {};
  }

  /// Who waits for a place in the pool gets one as soon as those who have them give up.
  void end_waits_at(Monotonic deadline) override { end_.set(deadline); }

 private:
  Result<std::unique_ptr<Connection>> connect() {
    return Connection::open(*url_.get(), options_.statement_timeout, end_);
  }

  const Options options_;
  Live<std::string> url_;
  EndOfWaits end_;
  Pool<Connection> pool_;
};

}  // namespace

Result<std::unique_ptr<Database>> open(const Options& options) {
  std::string url = TRY(libpq_url(options.url));
  return std::make_unique<PostgresDatabase>(options, std::move(url), TRY(EndOfWaits::open_wake()));
}

}  // namespace dmw::db::postgres
