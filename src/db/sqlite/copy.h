// Copy: a copy of an SQLite database while other programs write to it.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace dmw::db::sqlite {

/// Copies `from`, as it is at one moment, to the new file `to`, with SQLite's online backup
/// (https://www.sqlite.org/backup.html), and checks the copy (`pragma integrity_check`). Writers of `from` continue;
/// its log grows during the copy. The copy has no log file. It is durable only after a sync by the caller.
/// `if_damaged`: the advice for a damaged `from`. Errors: unavailable (no such file, or it stays locked), full,
/// internal.
Result<> copy(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& if_damaged);

}  // namespace dmw::db::sqlite
