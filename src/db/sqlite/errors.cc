#include "db/sqlite/errors.h"

#include <sqlite3.h>

#include "base/format.h"

namespace dmw::db::sqlite {
namespace {

Errc code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::retry;
    case SQLITE_CONSTRAINT:  // a trigger that raises, too
      return Errc::refused;
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return Errc::data;
    case SQLITE_FULL:
      return Errc::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:  // a volume that was mounted again to read only
      return Errc::unavailable;
    default:
      return Errc::internal;
  }
}

}  // namespace

std::unexpected<Error> fail_sqlite(sqlite3* database, int result, std::string_view if_damaged) {
  const int primary = result & 0xff;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
    return fail(Errc::internal,
                format("the SQLite file is damaged or no database ({}): {}", sqlite3_errstr(result), if_damaged));
  // A message about a constraint names tables and columns, not values.
  return fail(code_of(result), format("SQLite: {} ({})", database != nullptr ? sqlite3_errmsg(database) : "no memory",
                                      sqlite3_errstr(result)));
}

}  // namespace dmw::db::sqlite
