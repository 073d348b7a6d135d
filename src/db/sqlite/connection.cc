#include "db/sqlite/connection.h"

#include <charconv>
#include <chrono>
#include <thread>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/format.h"
#include "db/sqlite/errors.h"

namespace dmw::db::sqlite {
namespace {

constexpr std::chrono::milliseconds busy_timeout{10'000};
constexpr std::chrono::milliseconds busy_poll{5};

// SQLite 3.40 tells the time in milliseconds at best.
void now_micros(sqlite3_context* context, int /*count*/, sqlite3_value** /*arguments*/) {
  sqlite3_result_int64(context, SystemClock().now());
}

/// Every `returning` makes a temporary table, and each of those would get and give back 87 kB for its first 20 pages: a
/// batch then spent its time in brk(2). Takes effect before the first connection of the process only.
void allocate_pages_singly() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
  ASSERT(configured == SQLITE_OK || configured == SQLITE_MISUSE);
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return sqlite3_bind_int(statement, index, *flag ? 1 : 0);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
  if (const auto* text = std::get_if<std::string>(&value))
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* bytes = std::get_if<Blob>(&value)) {
    if (bytes->empty()) return sqlite3_bind_zeroblob(statement, index, 0);  // a null pointer would bind NULL
    return sqlite3_bind_blob64(statement, index, bytes->data(), bytes->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

/// The value a parameter's name asks for. SQLite reads a cast `$1::bigint` as part of the name.
const Value* find(std::string_view parameter, const Values& parameters, const Values& row) {
  const bool is_column = parameter.starts_with("@b");
  const Values& values = is_column ? row : parameters;
  parameter.remove_prefix(is_column ? 2 : 1);
  std::size_t number = 0;
  std::from_chars(parameter.data(), parameter.data() + parameter.size(), number);
  return number >= 1 && number <= values.size() ? &values[number - 1] : nullptr;
}

Result<> bind_all(sqlite3* database, sqlite3_stmt* statement, const Values& parameters, const Values& row) {
  const int count = sqlite3_bind_parameter_count(statement);
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    const Value* value = name != nullptr ? find(name, parameters, row) : nullptr;
    if (value == nullptr)
      return fail(Errc::internal, format("a statement asks for a parameter {} that is not there", index));
    // As PostgreSQL: text that C would cut short is refused.
    const auto* text = std::get_if<std::string>(value);
    if (text != nullptr && text->find('\0') != std::string::npos)
      return fail(Errc::data, "a text holds the character U+0000");
    if (const int result = bind(statement, index, *value); result != SQLITE_OK)
      return fail_sqlite(database, result, "");
  }
  return {};
}

Value column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, index);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement, index));
      return Blob(bytes, bytes + sqlite3_column_bytes(statement, index));
    }
    default:
      return Null{};
  }
}

/// A statement goes back to the cache reset, so that it keeps no lock, and without views of the caller's values.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Connection::Connection(sqlite3* database, std::string if_damaged, const EndOfWaits* end)
    : if_damaged_(std::move(if_damaged)), database_(database) {
  if (end != nullptr) busy_.emplace(Busy{*end});
}

int Connection::wait_while_busy(void* busy, int waited_before) {
  auto& waits = *static_cast<Busy*>(busy);
  const Monotonic now = std::chrono::steady_clock::now();
  if (waited_before == 0) waits.since = now;
  if (now - waits.since > busy_timeout || now >= waits.end.load()) return 0;
  std::this_thread::sleep_for(busy_poll);
  return 1;
}

Result<std::unique_ptr<Connection>> Connection::open(const Options& options, Access access, const EndOfWaits& end) {
  std::unique_ptr<Connection> connection = TRY(connect(options, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &end));
  TRY(connection->write_ahead());
  if (access == Access::read) TRY(connection->run_script("pragma query_only = on"));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::open_to_look(const Options& options) {
  return connect(options, SQLITE_OPEN_READONLY, nullptr);
}

Result<std::unique_ptr<Connection>> Connection::connect(const Options& options, int flags, const EndOfWaits* end) {
  allocate_pages_singly();
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(options.path.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Connection> connection(new Connection(database, options.if_damaged, end));
  if (result != SQLITE_OK) return connection->failed(result);
  sqlite3_busy_timeout(database, static_cast<int>(busy_timeout.count()));
  if (connection->busy_) sqlite3_busy_handler(database, wait_while_busy, &*connection->busy_);
  const int defined =
      sqlite3_create_function_v2(database, "dmw_now", 0, SQLITE_UTF8, nullptr, now_micros, nullptr, nullptr, nullptr);
  if (defined != SQLITE_OK) return connection->failed(defined);
  return connection;
}

Result<> Connection::write_ahead() {
  Rows mode;
  TRY(run("pragma journal_mode = wal", {}, {}, mode));
  if (mode.empty() || mode.front().text(0) != "wal")
    return fail(Errc::internal, "this file system cannot hold an SQLite database in WAL mode");
  // 64 MiB: what a burst leaves of the log behind a slow reader.
  return run_script("pragma synchronous = full; pragma foreign_keys = on; pragma journal_size_limit = 67108864");
}

Result<sqlite3_stmt*> Connection::prepare(const std::string& sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
  if (statements_.size() >= statements_max) statements_.clear();
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int result = sqlite3_prepare_v3(database_.get(), sql.c_str(), static_cast<int>(sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  Statement owned(statement);
  if (result != SQLITE_OK) return failed(result);
  if (statement == nullptr || std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return fail(Errc::internal, "a query is one statement");
  return statements_.emplace(sql, std::move(owned)).first->second.get();
}

Result<> Connection::run(const std::string& sql, const Values& parameters, const Values& row, Rows& rows) {
  sqlite3_stmt* statement = TRY(prepare(sql));
  const Reset reset{statement};
  TRY(bind_all(database_.get(), statement, parameters, row));
  for (;;) {
    const int result = sqlite3_step(statement);
    if (result == SQLITE_DONE) return {};
    if (result != SQLITE_ROW) return failed(result);
    const int columns = sqlite3_column_count(statement);
    Values values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int index = 0; index < columns; ++index) values.push_back(column(statement, index));
    rows.emplace_back(std::move(values));
  }
}

Result<> Connection::run_script(const std::string& sql) {
  const int result = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failed(result);
  return {};
}

std::unexpected<Error> Connection::failed(int result) const {
  return fail_sqlite(database_.get(), result, if_damaged_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

void Connection::checkpoint() {
  sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace dmw::db::sqlite
