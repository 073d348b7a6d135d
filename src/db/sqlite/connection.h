// One SQLite connection: its settings, its prepared statements and the way from SQLite's results to ours.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "db/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dmw::db::sqlite {

/// One thread at a time.
class Connection {
 public:
  /// A connection that is not `Access::write` refuses to change anything. Errors: internal, full, unavailable.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Access access);
  /// Leaves the file as another program made it, its journal mode too. Errors: those of open(); unavailable (there is
  /// no file).
  static Result<std::unique_ptr<Connection>> open_to_look(const std::filesystem::path& path);

  /// One statement, tokens expanded already; `$n` are `parameters`, `@bN` are the columns of `row`.
  /// Adds what it returns to `rows`.
  Result<> run(const std::string& sql, const Values& parameters, const Values& row, Rows& rows);
  /// Any number of statements without parameters; their rows are lost.
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

  explicit Connection(sqlite3* database) : database_(database) {}
  static Result<std::unique_ptr<Connection>> connect(const std::filesystem::path& path, int flags);
  Result<> write_ahead();
  Result<sqlite3_stmt*> prepare(const std::string& sql);

  static constexpr std::size_t statements_max = 256;
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, Statement> statements_;
};

}  // namespace dmw::db::sqlite
