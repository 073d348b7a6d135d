// The database of an inbox: how it stands to the folder that it lies in, and the start of another life in it.
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
  Kinship kinship = Kinship::own;  // of the database that was found
  std::string id;
  std::int64_t last_seq = 0;     // no number up to this one is given again
  std::int64_t unclean_seq = 0;  // the last number before the last unclean end
  IdentityFile identity;
};

/// Opens or makes `<directory>/inbox.sqlite` and begins a life in it. One of another inbox, or of another program, is
/// renamed to `inbox.sqlite.foreign-<time>` and a new one is made. The log says what is not as it was left.
/// Errors: internal (damaged: says what to do), unsupported (of a newer version), full, those of db.
Result<InboxDatabase> open_inbox_database(const std::filesystem::path& directory, const Clock& clock);

/// What a database says that it is: no id where it is empty. Errors: those of db.
Result<Identity> identity_in(db::Database& database);
/// Before anything is changed. Errors: those of db.
Result<Kinship> kinship_of(db::Database& database, const std::optional<Identity>& beside);

}  // namespace dmw::inbox
