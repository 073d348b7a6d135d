// A copy of a PostgreSQL database by its own program, pg_dump.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace dmw::db::postgres {

/// Makes the new file `to` (format "custom", for pg_restore) with the pg_dump of PATH, which says on stderr what goes
/// wrong, and lets pg_restore read it back whole. The password of `url` travels in the environment alone. Errors:
/// not_found (no pg_dump or pg_restore in PATH), unavailable (it failed), invalid (no URL).
Result<> dump(const std::string& url, const std::filesystem::path& to);

}  // namespace dmw::db::postgres
