// DATABASE_URL: parses the forms of SQLAlchemy programs for the two databases.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/private.h"
#include "base/result.h"

namespace dmw::config {

struct DatabaseUrl {
  enum class Kind { sqlite, postgresql };

  Kind kind = Kind::sqlite;
  std::filesystem::path path;  // sqlite only
  Private<std::string> url;  // postgresql only: in the form of libpq (PostgreSQL 15 §34.1.1.2); may contain a password
};

/// `sqlite:///relative`, `sqlite:////absolute`, `postgresql://`, `postgres://`, `postgresql+asyncpg://`.
/// Errors: invalid, with a message that never repeats the text.
Result<DatabaseUrl> parse_database_url(std::string_view text);

/// The same URL with `***` in place of its passwords.
std::string without_password(std::string_view url);

}  // namespace dmw::config
