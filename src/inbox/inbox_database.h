// Opens the database of an inbox: checks that it belongs to its folder, and registers a new start in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "db/database.h"
#include "inbox/identity.h"

namespace dmw::inbox {

/// What to do with a damaged `inbox.sqlite`.
extern const char* const if_inbox_damaged;

struct InboxDatabase {
  std::unique_ptr<db::Database> database;
  Kinship kinship = Kinship::own;  // of the database at the start
  std::string id;
  std::int64_t last_seq = 0;     // numbers up to this one are not used again
  std::int64_t unclean_seq = 0;  // the last number before the last unclean end
  IdentityFile identity;
};

/// Opens or creates `<directory>/inbox.sqlite` and registers a start in it. A database of another inbox or another
/// program is renamed to `inbox.sqlite.foreign-<time>`, and a new one is created. Differences to the last stop are
/// logged. Errors: internal (damaged; the sentence says what to do), unsupported (from a newer version), full, those of
/// db.
Result<InboxDatabase> open_inbox_database(const std::filesystem::path& directory, const Clock& clock);

/// The identity in a database; without an id if it is empty. Errors: those of db.
Result<Identity> identity_in(db::Database& database);
/// Call it before any change of the database. Errors: those of db.
Result<Kinship> kinship_of(db::Database& database, const std::optional<Identity>& beside);

}  // namespace dmw::inbox
