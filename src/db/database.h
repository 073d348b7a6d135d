// Database and Transaction: the one seam between the program and SQL. PostgreSQL and SQLite stand behind it and take
// the same statements; db/postgres and db/sqlite open them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace dmw::db {

using Null = std::monostate;
using Blob = std::vector<std::byte>;
/// What a column holds. A boolean column reads as 0 or 1.
using Value = std::variant<Null, bool, std::int64_t, double, std::string, Blob>;
using Values = std::vector<Value>;

Blob blob(ByteView bytes);
/// NULL for an empty text.
Value text_or_null(std::string_view text);
template <typename T>
Value value_or_null(const std::optional<T>& from) {
  if (!from) return Null{};
  return static_cast<std::int64_t>(*from);
}

class Row {
 public:
  explicit Row(Values values) : values_(std::move(values)) {}
  bool is_null(std::size_t column) const { return std::holds_alternative<Null>(values_.at(column)); }
  /// NULL reads as 0; so does what is no number (a column of SQLite takes anything).
  std::int64_t integer(std::size_t column) const;
  bool boolean(std::size_t column) const { return integer(column) != 0; }
  /// NULL, and what is no text, reads as "".
  const std::string& text(std::size_t column) const;
  /// NULL, and a number, reads as no bytes.
  ByteView bytes(std::size_t column) const;

 private:
  Values values_;
};

using Rows = std::vector<Row>;

/// `date` travels as ISO 8601 text, `json` as JSON text; PostgreSQL gets them as date and jsonb.
enum class Type { boolean, integer, real, text, bytes, json, date };

/// Rows that go to the database in one statement, as the relation `batch` in its text.
/// PostgreSQL gets one array a column (`unnest`), SQLite runs the statement once a row: so the statement must mean the
/// same row by row, and a batch must not name the same target row twice.
class Batch {
 public:
  struct Column {
    std::string_view name;
    Type type;
  };

  explicit Batch(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// As many values as there are columns, each of its column's type or NULL.
  void add(Values row);

  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<Values>& rows() const { return rows_; }
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }

 private:
  std::vector<Column> columns_;
  std::vector<Values> rows_;
};

/// One transaction on one connection; rolls back when it is destroyed uncommitted. One thread at a time.
/// In the text of every statement: `$1`… are the parameters; `{now}` is the database's clock in microseconds since 1970
/// UTC; `x = {any column}` finds the rows whose x is that column of some row of the batch, by an index whatever the
/// planner thinks of the table; `{for_update}` and `{skip_locked}` lock rows where the engine has row locks (SQLite has
/// one writer and needs none). Errors of query and bulk: data (a value does not fit its
/// column), refused (a constraint, a trigger or a right), retry (deadlock,
/// serialization, busy), unavailable or timeout (the server is away; the transaction is lost), cancelled (the program
/// stops, likewise), full, internal (the statement is wrong).
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Result<Rows> query(std::string_view sql, const Values& parameters = {}) = 0;
  /// `parameters` follow the batch: they are still `$1`….
  virtual Result<Rows> bulk(std::string_view sql, const Batch& batch, const Values& parameters = {}) = 0;
  /// Ids of so many rows to come in a table whose column `id` numbers itself: of nobody else's rows, and of no others
  /// here once they are inserted.
  virtual Result<std::vector<std::int64_t>> reserve_ids(std::string_view table, std::size_t count) = 0;
  /// Several statements without parameters, as a migration has them.
  virtual Result<> script(std::string_view sql) = 0;
  virtual Result<> commit() = 0;
};

/// Whether an error of a statement may be of single rows in it, and not of the database as a whole: then fewer at once
/// may pass.
bool may_be_of_rows(const Error& error);

enum class Engine { postgres, sqlite };
enum class Access { read, write };

/// A pool of connections. Any thread.
class Database {
 public:
  virtual ~Database() = default;
  virtual Engine engine() const = 0;
  /// A `read` transaction sees one snapshot and must not write. SQLite has one writer: `write` waits for its turn.
  virtual Result<std::unique_ptr<Transaction>> begin(Access access) = 0;
  /// Runs `act` while no other process of this database runs one of the same `name` (migrations). Errors: unavailable
  /// (another one has run it for a second and longer: in words that name it), and those of `act`.
  virtual Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) = 0;
  /// A round trip that would fail if a transaction would.
  virtual Result<> probe() = 0;
  /// Connections that are made from now on log in by this URL; those that are open stay. Errors: invalid (the URL is
  /// none). An engine without a login takes any.
  virtual Result<> change_login(const std::string& url) {
    static_cast<void>(url);
    return {};
  }
  /// The program stops: from `deadline` on nobody waits for a server or another process. What waits then, and what is
  /// asked later, ends in `cancelled`; whoever waits to run exclusively gives up at once. Once; any thread. An engine
  /// without a server answers as ever.
  virtual void end_waits_at(Monotonic deadline) = 0;

  /// One statement in a read transaction of its own.
  Result<Rows> read(std::string_view sql, const Values& parameters = {});
  /// `act` in a write transaction that is committed when it succeeds; again, up to 8 times, when it lost a race.
  template <typename Act>
  auto write(Act act) -> std::invoke_result_t<Act, Transaction&>;

 private:
  static constexpr int tries_max = 8;
  /// Sleeps a little longer each time, so that two losers do not meet again.
  static void wait_before_retry(int tried);
};

template <typename Act>
auto Database::write(Act act) -> std::invoke_result_t<Act, Transaction&> {
  for (int tried = 1;; ++tried) {
    std::unique_ptr<Transaction> transaction = TRY(begin(Access::write));
    auto result = act(*transaction);
    if (result) {
      const Result<> committed = transaction->commit();
      if (committed) return result;
      result = std::unexpected(committed.error());
    }
    if (result.error().code != Errc::retry || tried == tries_max) return result;
    transaction.reset();
    wait_before_retry(tried);
  }
}

}  // namespace dmw::db
