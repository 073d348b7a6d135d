// SQLite behind db::Database: WAL, synchronous=FULL, one writing connection in turn and a few reading ones.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "db/database.h"

namespace dmw::db::sqlite {

struct Options {
  std::filesystem::path path;
  std::size_t readers_max = 4;
  /// The advice for a damaged file, part of that error.
  std::string if_damaged = "stop the program, keep a copy of the file, and restore it or rebuild the catalog";
};

/// Creates the file and its directory when they are missing. Errors: internal, full (the file cannot be used).
Result<std::unique_ptr<Database>> open(const Options& options);

/// Opens a file, also of another program, for reads only; it stays unchanged. Errors: those of open(), unavailable (no
/// such file). Every write transaction fails with internal.
Result<std::unique_ptr<Database>> open_to_look(const std::filesystem::path& path,
                                               std::string if_damaged = Options().if_damaged);

}  // namespace dmw::db::sqlite
