// Connection: one SQLite connection with its settings and prepared statements; converts SQLite's results to ours.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "db/database.h"
#include "db/sqlite/sqlite.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dmw::db::sqlite {

/// The time at which all waits for a file that another process has locked end. Any thread.
using EndOfWaits = std::atomic<Monotonic>;

/// One thread at a time.
class Connection {
 public:
  /// Opens the file. A connection without `Access::write` refuses every change. It waits for a locked file for 10 s, at
  /// most until `end`, which must outlive it. Errors: internal, full, unavailable, retry (the file is locked).
  static Result<std::unique_ptr<Connection>> open(const Options& options, Access access, const EndOfWaits& end);
  /// Opens a file of another program without changing it or its journal mode. Errors: those of open(); unavailable (no
  /// such file).
  static Result<std::unique_ptr<Connection>> open_to_look(const Options& options);

  /// Runs one statement, whose tokens are expanded; `$n` are `parameters`, `@bN` are the columns of `row`. Adds the
  /// returned rows to `rows`.
  Result<> run(const std::string& sql, const Values& parameters, const Values& row, Rows& rows);
  /// Runs any number of statements without parameters, and ignores their rows.
  Result<> run_script(const std::string& sql);
  /// False after a commit or an automatic rollback.
  bool in_transaction() const;
  /// Moves the log into the database file, as far as readers allow.
  void checkpoint();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  struct Busy {
    const EndOfWaits& end;
    Monotonic since{};
  };

  Connection(sqlite3* database, std::string if_damaged, const EndOfWaits* end);
  static int wait_while_busy(void* busy, int waited_before);
  static Result<std::unique_ptr<Connection>> connect(const Options& options, int flags, const EndOfWaits* end);
  std::unexpected<Error> failed(int result) const;
  Result<> write_ahead();
  Result<sqlite3_stmt*> prepare(const std::string& sql);

  static constexpr std::size_t statements_max = 256;
  const std::string if_damaged_;
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, Statement> statements_;
  std::optional<Busy> busy_;  // nothing: it always waits for 10 s
};

}  // namespace dmw::db::sqlite
