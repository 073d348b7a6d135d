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
  /// What to do when the file is damaged: part of the error that says so.
  std::string if_damaged = "stop, keep a copy of it, and restore it or let the catalog be rebuilt";
};

/// Creates the file and its directory when they are missing. Errors: internal, full (the file cannot be used).
Result<std::unique_ptr<Database>> open(const Options& options);

/// Only to read from: the file stays as it is, also one of another program. Errors: those of open(), unavailable (there
/// is no file); internal at every transaction that is to write.
Result<std::unique_ptr<Database>> open_to_look(const std::filesystem::path& path,
                                               std::string if_damaged = Options().if_damaged);

}  // namespace dmw::db::sqlite
