// Inspection: what a start would find in an inbox, looked at without changing anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dmw::inbox {

struct Inspection {
  enum class Database {
    none,           ///< a new inbox: the start makes it
    own,            ///< as it was left
    missing,        ///< the start makes it anew, and takes the spool in again
    older,          ///< an older copy: the start takes in again what it does not know
    foreign,        ///< of another inbox or program: the start sets it aside, and takes the spool in again
    without_spool,  ///< it has rows, and there is no spool: the start refuses
    damaged,        ///< the start refuses
    unreadable,     ///< it cannot be looked at
  };
  Database database = Database::none;
  std::string why{};              // of what is damaged or unreadable
  std::uint64_t rows = 0;         // acknowledged instances
  std::uint64_t without_row = 0;  // whole files that no row names
  std::uint64_t strange = 0;      // other files in the spool
  std::uint64_t quarantined = 0;  // files in the quarantine
};

/// Any thread; beside a running program its numbers are of a moment.
Inspection inspect(const std::filesystem::path& directory);

}  // namespace dmw::inbox
