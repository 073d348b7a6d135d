#include "db/postgres/postgres.h"

#include "base/format.h"
#include "db/pool.h"
#include "db/postgres/connection.h"
#include "db/postgres/end_of_waits.h"
#include "db/postgres/transaction.h"
#include "db/postgres/url.h"

namespace dmw::db::postgres {
namespace {

constexpr std::chrono::minutes exclusive_timeout{10};

/// FNV-1a: the same number for a name in every version of the program.
std::int64_t lock_number(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return static_cast<std::int64_t>(hash);
}

Result<> checked(const Result<Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  return {};
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
    const std::string text = access == Access::read ? "begin isolation level repeatable read read only" : "begin";
    if (lease->item) {
      Result<> begun = lease->item->refresh_plans();
      if (begun) begun = checked(lease->item->run_script(text));
      if (begun) return std::make_unique<PostgresTransaction>(std::move(*lease), access);
      lease->item.reset();
      // The server was restarted since: one connection is replaced without a word.
      if (begun.error().code != Errc::unavailable) return std::unexpected(begun.error());
    }
    std::unique_ptr<Connection> opened = TRY(Connection::open(url_, options_.statement_timeout, end_));
    TRY(opened->run_script(text));
    lease->item = std::move(opened);
    return std::make_unique<PostgresTransaction>(std::move(*lease), access);
  }

  /// On a connection of its own: closing it gives the lock back whatever happened.
  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override {
    const std::unique_ptr<Connection> connection = TRY(Connection::open(url_, options_.statement_timeout, end_));
    TRY(connection->run_script(format("set statement_timeout = 0; select pg_advisory_lock({})", lock_number(name)),
                               exclusive_timeout));
    return act();
  }

  Result<> probe() override {
    const std::unique_ptr<Transaction> transaction = TRY(begin(Access::write));
    TRY(transaction->query("select 1"));
    return transaction->commit();
  }

  /// Who waits for a place in the pool gets one as soon as those who have them give up.
  void end_waits_at(Monotonic deadline) override { end_.set(deadline); }

 private:
  const Options options_;
  const std::string url_;
  EndOfWaits end_;
  Pool<Connection> pool_;
};

}  // namespace

Result<std::unique_ptr<Database>> open(const Options& options) {
  std::string url = TRY(libpq_url(options.url));
  return std::make_unique<PostgresDatabase>(options, std::move(url), TRY(EndOfWaits::open_wake()));
}

}  // namespace dmw::db::postgres
