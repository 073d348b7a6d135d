// The identity of an inbox and its progress, in a file next to its database. It shows whether the database belongs to
// another inbox or is an old copy; the database alone cannot show that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"

namespace dmw::inbox {

struct Identity {
  std::string id;             // random, made with the inbox
  std::int64_t life = 0;      // number of starts
  std::int64_t last_seq = 0;  // a number that the database had assigned when this was written

  bool operator==(const Identity&) const = default;
};

/// Reads `<directory>/identity`; nullopt if it is missing or malformed. Errors: those of the disk.
Result<std::optional<Identity>> read_identity(const std::filesystem::path& directory);

/// One thread at a time.
class IdentityFile {
 public:
  /// No file: mark() does nothing.
  IdentityFile() = default;
  /// Replaces the file and syncs it. Errors: full, internal.
  static Result<IdentityFile> write(const std::filesystem::path& directory, const Identity& identity);

  /// Writes the number in place, without a sync. After a power cut the file may have a lower number than the database,
  /// but never a higher one, because the database was synced before. A failure does no harm for the same reason.
  void mark(std::int64_t last_seq);

 private:
  explicit IdentityFile(File file) : file_(std::move(file)) {}
  File file_;
};

/// How a database relates to the identity file next to it.
enum class Kinship {
  own,      ///< it belongs to this inbox and is up to date; or neither exists
  missing,  ///< there is an identity, but the database is empty
  older,    ///< an older copy of the database of this inbox
  foreign,  ///< it belongs to another inbox
};
Kinship kinship(const std::optional<Identity>& beside, const Identity& in_database);

}  // namespace dmw::inbox
