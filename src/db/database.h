// Database and Transaction: the only interface of the program to SQL. PostgreSQL and SQLite implement it and take the
// same statements; db/postgres and db/sqlite open them.
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
/// The value of a column. A boolean column reads as 0 or 1.
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
  /// NULL reads as 0, and so does a value that is not a number (a column of SQLite can hold any type).
  std::int64_t integer(std::size_t column) const;
  bool boolean(std::size_t column) const { return integer(column) != 0; }
  /// NULL and values that are not text read as "".
  const std::string& text(std::size_t column) const;
  /// NULL and numbers read as no bytes.
  ByteView bytes(std::size_t column) const;

 private:
  Values values_;
};

using Rows = std::vector<Row>;

/// `date` travels as ISO 8601 text, `json` as JSON text; PostgreSQL gets them as date and jsonb.
enum class Type { boolean, integer, real, text, bytes, json, date };

/// Rows for one statement, which reads them as the relation `batch`.
/// PostgreSQL gets one array for each column (`unnest`); SQLite runs the statement once for each row. The statement
/// must therefore mean the same row by row, and a batch must not name the same target row twice.
class Batch {
 public:
  struct Column {
    std::string_view name;
    Type type;
  };

  explicit Batch(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Adds a row: one value for each column, of the column's type or NULL.
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
///
/// Tokens in the text of a statement:
/// - `$1`…: the parameters.
/// - `{now}`: the clock of the database, in microseconds since 1970 UTC.
/// - `x = {any column}`: x equals that column in some row of the batch. The rows are found by an index, whatever the
///   statistics of the planner say.
/// - `{for_update}`, `{skip_locked}`: row locks. SQLite has one writer and needs none.
///
/// Errors of query and bulk: data (a value does not fit its column), refused (by a constraint, a trigger or a right),
/// retry (deadlock, serialization, busy), unavailable or timeout (the server cannot be reached; the transaction is
/// lost), cancelled (the program stops; the transaction is lost), full, internal (the statement is wrong).
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Result<Rows> query(std::string_view sql, const Values& parameters = {}) = 0;
  /// Runs a statement with a batch. The parameters are `$1`…, as in query().
  virtual Result<Rows> bulk(std::string_view sql, const Batch& batch, const Values& parameters = {}) = 0;
  /// Reserves `count` ids in a table whose column `id` is generated. No other row gets these ids.
  virtual Result<std::vector<std::int64_t>> reserve_ids(std::string_view table, std::size_t count) = 0;
  /// Runs several statements without parameters, for migrations.
  virtual Result<> script(std::string_view sql) = 0;
  virtual Result<> commit() = 0;
};

/// True if single rows may have caused the error, so that a smaller batch may succeed. False for errors of the database
/// as a whole.
bool may_be_of_rows(const Error& error);

enum class Engine { postgres, sqlite };
enum class Access { read, write };

/// A pool of connections. Any thread.
class Database {
 public:
  virtual ~Database() = default;
  virtual Engine engine() const = 0;
  /// Begins a transaction. A `read` one sees one snapshot and must not write. SQLite has one writer, so `write` waits
  /// for it.
  virtual Result<std::unique_ptr<Transaction>> begin(Access access) = 0;
  /// Runs `act` while no other process with this database runs one of the same `name` (migrations). Errors: unavailable
  /// (another process has been running it for more than a second; the sentence names that process), and those of `act`.
  virtual Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) = 0;
  /// Asks the server for a trivial answer. Fails if a transaction would fail.
  virtual Result<> probe() = 0;
  /// New connections log in with this URL; open ones stay. Errors: invalid (not a URL). SQLite ignores it.
  virtual Result<> change_login(const std::string& url) {
    static_cast<void>(url);
    return {};
  }
  /// For the stop of the program. At `deadline`, every call that waits for a server or another process fails with
  /// `cancelled`, and so does every later call. A waiting exclusively() fails at once. Call it once, on any thread.
  /// SQLite keeps answering.
  virtual void end_waits_at(Monotonic deadline) = 0;

  /// Runs one statement in its own read transaction.
  Result<Rows> read(std::string_view sql, const Values& parameters = {});
  /// Runs `act` in a write transaction and commits it if `act` succeeds. Repeats both, up to 8 times, after `retry`.
  template <typename Act>
  auto write(Act act) -> std::invoke_result_t<Act, Transaction&>;

 private:
  static constexpr int tries_max = 8;
  /// Sleeps longer after each try, so that two transactions do not collide again.
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
