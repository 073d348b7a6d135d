// SQLite behind db::Database: WAL, synchronous=FULL, one writing connection in turn and a few reading ones.
#pragma once

#include <filesystem>
#include <memory>

#include "db/database.h"

namespace dmw::db::sqlite {

struct Options {
  std::filesystem::path path;
  std::size_t readers_max = 4;
};

/// Creates the file and its directory when they are missing. Errors: internal, full (the file cannot be used).
Result<std::unique_ptr<Database>> open(const Options& options);

/// Only to read from: the file stays as it is, also one of another program. Errors: those of open(), unavailable (there
/// is no file); internal at every transaction that is to write.
Result<std::unique_ptr<Database>> open_to_look(const std::filesystem::path& path);

}  // namespace dmw::db::sqlite
