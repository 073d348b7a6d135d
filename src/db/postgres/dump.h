// Dump: a copy of a PostgreSQL database, made with pg_dump.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace dmw::db::postgres {

/// Writes the new file `to` (format "custom", for pg_restore) with the pg_dump in PATH, and lets pg_restore read it
/// back. Both print their errors on stderr. The password of `url` is passed in the environment only. Errors: not_found
/// (no pg_dump or pg_restore in PATH), unavailable (it failed), invalid (not a URL).
Result<> dump(const std::string& url, const std::filesystem::path& to);

}  // namespace dmw::db::postgres
