// Inspection: the state of an inbox as a start would find it, read without changing anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dmw::inbox {

struct Inspection {
  enum class Database {
    none,           ///< there is no inbox: the start creates it
    own,            ///< up to date
    missing,        ///< the start creates it again and reads the spool again
    older,          ///< an older copy: the start reads files without a row again
    foreign,        ///< of another inbox or program: the start renames it and reads the spool again
    without_spool,  ///< it has rows, but the spool is missing: the start fails
    damaged,        ///< the start fails
    unreadable,     ///< it cannot be read
  };
  Database database = Database::none;
  std::string why{};              // the reason if it is damaged or unreadable
  std::uint64_t rows = 0;         // acknowledged instances
  std::uint64_t without_row = 0;  // complete files without a row
  std::uint64_t strange = 0;      // other files in the spool
  std::uint64_t quarantined = 0;  // files in the quarantine
};

/// Any thread; while the program runs, the numbers are a snapshot.
Inspection inspect(const std::filesystem::path& directory);

}  // namespace dmw::inbox
