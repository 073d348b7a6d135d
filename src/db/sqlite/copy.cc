#include "db/sqlite/copy.h"

#include <memory>
#include <string>

#include <fcntl.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/format.h"
#include "db/sqlite/errors.h"

namespace dmw::db::sqlite {
namespace {

constexpr int locked_for_ms = 10'000;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Result<Handle> open_file(const std::filesystem::path& path, int flags, const std::string& if_damaged) {
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle database(opened);
  if (result != SQLITE_OK) return fail_sqlite(opened, result, if_damaged);
  sqlite3_busy_timeout(opened, locked_for_ms);
  return database;
}

/// All pages in one step: a step that ends before lets a writer of another process in, and the copy begins anew.
Result<> copy_pages(sqlite3* from, sqlite3* to, const std::string& if_damaged) {
  const std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(to, "main", from, "main"));
  if (!backup) return fail_sqlite(to, sqlite3_extended_errcode(to), if_damaged);
  const int result = sqlite3_backup_step(backup.get(), -1);
  if (result != SQLITE_DONE) return fail_sqlite(to, result, if_damaged);
  return {};
}

Result<std::string> first_text(sqlite3* database, const char* sql, const std::string& if_damaged) {
  sqlite3_stmt* prepared = nullptr;
  int result = sqlite3_prepare_v2(database, sql, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepared);
  if (result == SQLITE_OK) result = sqlite3_step(prepared);
  if (result != SQLITE_ROW) return fail_sqlite(database, result, if_damaged);
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
  return std::string(text == nullptr ? "" : text);
}

Result<> copy_and_check(const std::filesystem::path& from, const std::filesystem::path& to,
                        const std::string& if_damaged) {
  const Handle source = TRY(open_file(from, SQLITE_OPEN_READONLY, if_damaged));
  TRY(File::open(to, O_RDWR | O_CREAT | O_EXCL, 0640));
  const Handle target = TRY(open_file(to, SQLITE_OPEN_READWRITE, if_damaged));
  TRY(copy_pages(source.get(), target.get(), if_damaged));
  // The copy is one file; its next writer turns the log on again.
  TRY(first_text(target.get(), "pragma journal_mode = delete", if_damaged));
  const std::string found = TRY(first_text(target.get(), "pragma integrity_check", if_damaged));
  if (found == "ok") return {};
  return fail(Errc::internal, format("the integrity check of the copy fails ({}), so the SQLite file is damaged: {}",
                                     found, if_damaged));
}

}  // namespace

Result<> copy(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& if_damaged) {
  Result<> copied = copy_and_check(from, to, if_damaged);
  if (!copied) return during(copied.error(), format("the copy of the database {}", from.string()));
  return {};
}

}  // namespace dmw::db::sqlite
