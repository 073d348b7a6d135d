// What the server answered: rows as our values, errors as our codes.
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

/// Success, or the error the server (or libpq, for a lost connection) gave. Its sentence never holds a row's value.
Result<> check(const pg_result* answer);
/// The SQLSTATE of a failed answer; "" when libpq itself failed.
std::string_view sqlstate(const pg_result* answer);
/// The plan of a prepared statement no longer fits its tables (a migration ran): prepare again.
bool is_outdated_plan(const pg_result* answer);

/// Why a connection did not come up.
std::unexpected<Error> connect_failure(pg_conn* connection);

Rows rows_of(const pg_result* answer);

}  // namespace dmw::db::postgres
