// Answers of the server: converts rows to our values and errors to our codes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "db/database.h"

struct pg_conn;
struct pg_result;

namespace dmw::db::postgres {

struct ClearResult {
  void operator()(pg_result* result) const;
};
using Answer = std::unique_ptr<pg_result, ClearResult>;

/// Facts: PostgreSQL 15, appendix A (SQLSTATE).
Errc code_of(std::string_view sqlstate);

/// Success, or the error of the server (or of libpq, for a lost connection). Its sentence never contains a value of a
/// row.
Result<> check(const pg_result* answer);
/// The SQLSTATE of a failed answer; "" if libpq itself failed.
std::string_view sqlstate(const pg_result* answer);
/// True if the plan of a prepared statement no longer fits its tables (a migration ran): prepare it again.
bool is_outdated_plan(const pg_result* answer);

/// The reason why a connection could not be made.
std::unexpected<Error> connect_failure(pg_conn* connection);

Rows rows_of(const pg_result* answer);

}  // namespace dmw::db::postgres
