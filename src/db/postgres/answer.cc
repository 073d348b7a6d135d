#include "db/postgres/answer.h"

#include <cctype>
#include <charconv>

#include <libpq-fe.h>

#include "base/format.h"

namespace dmw::db::postgres {
namespace {

std::string_view field(const pg_result* answer, int which) {
  const char* text = PQresultErrorField(answer, which);
  return text != nullptr ? text : "";
}

/// Class 22 quotes the value it refuses: `invalid input syntax for type date: "…"`.
std::string without_values(std::string_view message, std::string_view state) {
  const std::size_t first = message.find('"');
  if (!state.starts_with("22") || first == std::string_view::npos) return std::string(message);
  return format("{}\"…\"{}", message.substr(0, first), message.substr(message.rfind('"') + 1));
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

/// What a function of the database raises in words of its own may quote a row: only where it was raised is told.
std::string words_of(const pg_result* answer, std::string_view state) {
  if (field(answer, PG_DIAG_SOURCE_FUNCTION) != "exec_stmt_raise")
    return without_values(field(answer, PG_DIAG_MESSAGE_PRIMARY), state);
  const std::string_view where = first_line(field(answer, PG_DIAG_CONTEXT));
  return format("a trigger or function in the database raised an error{}{}", where.empty() ? "" : ": ", where);
}

/// In its verbose form an error of the server reads `FATAL:  28P01: password authentication failed…`.
std::string_view sqlstate_in(std::string_view message) {
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, 6);
    if (state.size() < 6 || state[5] != ':') continue;
    bool plausible = true;
    for (const char c : state.substr(0, 5))
      plausible = plausible && (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
                                std::isupper(static_cast<unsigned char>(c)) != 0);
    if (plausible) return state.substr(0, 5);
  }
  return "";
}

// pg_type.dat
constexpr Oid oid_bool = 16, oid_bytea = 17, oid_int8 = 20, oid_int2 = 21, oid_int4 = 23, oid_oid = 26;
constexpr Oid oid_float4 = 700, oid_float8 = 701, oid_numeric = 1700;

Value number(std::string_view text) {
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, integer); error == std::errc() && at == end)
    return integer;
  double real = 0;
  std::from_chars(text.data(), end, real);
  return real;
}

Value real(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Value bytes(const char* text) {
  std::size_t length = 0;
  unsigned char* plain = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &length);
  ASSERT(plain != nullptr);
  const auto* first = reinterpret_cast<const std::byte*>(plain);
  Blob value(first, first + length);
  PQfreemem(plain);
  return value;
}

Value value_of(const pg_result* answer, int row, int column) {
  if (PQgetisnull(answer, row, column) != 0) return Null{};
  const char* start = PQgetvalue(answer, row, column);
  const std::string_view text(start, static_cast<std::size_t>(PQgetlength(answer, row, column)));
  switch (PQftype(answer, column)) {
    case oid_bool:
      return text == "t";
    case oid_int2:
    case oid_int4:
    case oid_int8:
    case oid_oid:
    case oid_numeric:  // sum(bigint), which SQLite gives as an integer
      return number(text);
    case oid_float4:
    case oid_float8:
      return real(text);
    case oid_bytea:
      return bytes(start);
    default:
      return std::string(text);
  }
}

}  // namespace

void ClearResult::operator()(pg_result* result) const {
  PQclear(result);
}

Errc code_of(std::string_view sqlstate) {
  const std::string_view state_class = sqlstate.substr(0, 2);
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03") return Errc::retry;
  if (sqlstate == "53100") return Errc::full;
  if (sqlstate == "57014") return Errc::timeout;
  if (sqlstate == "25P03")
    return Errc::unavailable;  // the transaction stood still for too long, and its session is over
  if (sqlstate == "3D000") return Errc::invalid;
  if (sqlstate == "54000") return Errc::data;      // a value too long for an index
  if (sqlstate == "08P01") return Errc::internal;  // the wrong number of parameters
  if (state_class == "22") return Errc::data;
  // A constraint, the check of a view, what a trigger raises, a right.
  if (state_class == "23" || state_class == "44" || state_class == "P0" || sqlstate == "42501") return Errc::refused;
  if (state_class == "28") return Errc::unauthorized;
  if (sqlstate.empty() || state_class == "08" || state_class == "53" || state_class == "57" || state_class == "58")
    return Errc::unavailable;
  return Errc::internal;
}

Result<> check(const pg_result* answer) {
  const ExecStatusType status = PQresultStatus(answer);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  if (status != PGRES_FATAL_ERROR) return fail(Errc::internal, format("PostgreSQL answered {}", PQresStatus(status)));
  const std::string_view state = sqlstate(answer);
  if (state.empty()) return fail(Errc::unavailable, "PostgreSQL: the connection was lost");
  return fail(code_of(state), format("PostgreSQL: {} ({})", words_of(answer, state), state));
}

std::string_view sqlstate(const pg_result* answer) {
  return field(answer, PG_DIAG_SQLSTATE);
}

bool is_outdated_plan(const pg_result* answer) {
  return sqlstate(answer) == "0A000" && field(answer, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

std::unexpected<Error> connect_failure(pg_conn* connection) {
  const std::string_view message = PQerrorMessage(connection);
  const std::string_view state = sqlstate_in(message);
  if (state == "3D000")
    return fail(Errc::invalid,
                format("the database \"{}\" does not exist on the PostgreSQL server: create it", PQdb(connection)));
  return fail(code_of(state), format("PostgreSQL: {}", first_line(message)));
}

Rows rows_of(const pg_result* answer) {
  const int columns = PQnfields(answer);
  Rows rows;
  rows.reserve(static_cast<std::size_t>(PQntuples(answer)));
  for (int row = 0; row < PQntuples(answer); ++row) {
    Values values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(value_of(answer, row, column));
    rows.emplace_back(std::move(values));
  }
  return rows;
}

}  // namespace dmw::db::postgres
