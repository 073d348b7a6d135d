// A copy of an SQLite database while programs write to it.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::db::sqlite {

/// Makes the new file `to` what `from` is at one moment, with SQLite's online backup
/// (https://www.sqlite.org/backup.html), and reads it back whole (`pragma integrity_check`). Writers of `from` go on;
/// its log cannot be cut short meanwhile. The copy has no log beside it. Durable only after a sync by the caller.
/// `if_damaged`: what to do when `from` is. Errors: unavailable (there is no file, or it stays locked), full, internal.
Result<> copy(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& if_damaged);

}  // namespace dmw::db::sqlite
