// Whose an inbox is, and how far it has come, in a file beside its database: the database alone cannot say that it is
// another inbox's, or an old copy of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"

namespace dmw::inbox {

struct Identity {
  std::string id;             // random, made with the inbox
  std::int64_t life = 0;      // counts the starts
  std::int64_t last_seq = 0;  // a number that the database had given when this was written, or a higher one later

  bool operator==(const Identity&) const = default;
};

/// What `<directory>/identity` says; nothing where there is none, or one that nobody can read. Errors: those of the
/// disk.
Result<std::optional<Identity>> read_identity(const std::filesystem::path& directory);

/// One thread at a time.
class IdentityFile {
 public:
  /// None: marks go nowhere.
  IdentityFile() = default;
  /// Replaces the file, durably. Errors: full, internal.
  static Result<IdentityFile> write(const std::filesystem::path& directory, const Identity& identity);

  /// Written in place and not synced: after a power cut the file may say less than is true, and never more, since the
  /// database was durable before. A failure is no harm: the file then says less.
  void mark(std::int64_t last_seq);

 private:
  explicit IdentityFile(File file) : file_(std::move(file)) {}
  File file_;
};

/// How a database stands to the identity beside it.
enum class Kinship {
  own,      ///< it is this inbox's, as it was left; or neither is there
  missing,  ///< there is an identity, and the database is empty
  older,    ///< a copy of this inbox's, from before it came as far as the identity says
  foreign,  ///< another inbox's
};
Kinship kinship(const std::optional<Identity>& beside, const Identity& in_database);

}  // namespace dmw::inbox
