#include "inbox/inbox_database.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/log.h"
#include "base/uuid.h"
#include "db/sqlite/sqlite.h"
#include "inbox/item_rows.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The error for a database that was changed or damaged: a table or column is missing, or a version number is wrong.
std::unexpected<Error> damaged(const Error& why) {
  if (why.code != Errc::internal || why.what.contains(if_inbox_damaged)) return std::unexpected(why);
  return fail(Errc::internal, format("inbox.sqlite was changed by another program, or is damaged ({}): {}", why.what,
                                     if_inbox_damaged));
}

/// Renames the database together with its write-ahead log.
Result<> set_aside(const fs::path& path, MicrosUtc now) {
  fs::path aside;
  std::error_code untold;
  MicrosUtc seconds = now / 1'000'000;
  do aside = format("{}.foreign-{}", path.string(), seconds++);
  while (fs::exists(aside, untold));
  for (const char* ending : {"-wal", "-shm", ""}) {
    fs::path from = path;
    fs::path to = aside;
    from += ending;
    to += ending;
    const Result<> renamed = rename_file(from, to);
    if (!renamed && renamed.error().code != Errc::not_found) return renamed;
  }
  TRY(sync_directory(path.parent_path()));
  log::warning("inbox_database_foreign", format("{} belongs to another inbox or another program and was renamed to {}; "
                                                "the instances in the spool are processed again",
                                                path.string(), aside.filename().string()));
  return {};
}

void say(Kinship kinship, const fs::path& path) {
  if (kinship == Kinship::missing) {
    log::warning("inbox_database_missing",
                 format("{} is missing or empty and is created again; the instances in the spool are processed again",
                        path.string()));
  } else if (kinship == Kinship::older) {
    log::warning(
        "inbox_database_older",
        format("{} is an older copy: instances in the spool that it does not know are processed again", path.string()));
  }
}

/// The identity of this inbox, and whether its last run ended cleanly.
Result<> begin_life(InboxDatabase& opened, const std::optional<Identity>& beside, Identity& identity) {
  return opened.database->write([&](db::Transaction& transaction) -> Result<> {
    if (identity.id.empty()) identity.id = beside ? beside->id : Uuid::random().text();
    if (beside) identity.life = std::max(identity.life, beside->life);
    ++identity.life;
    TRY(set_meta(transaction, "replica_id", identity.id));
    TRY(set_meta(transaction, "life", std::to_string(identity.life)));
    // The clean-shutdown mark of an old copy says nothing about later starts.
    const bool clean = opened.kinship == Kinship::own && TRY(meta(transaction, "clean")) == "yes";
    if (!clean) TRY(set_meta(transaction, "unclean_seq", std::to_string(identity.last_seq)));
    TRY(set_meta(transaction, "clean", "no"));
    opened.unclean_seq = number_of(TRY(meta(transaction, "unclean_seq")));
    return delete_idle_sessions(transaction);
  });
}

}  // namespace

const char* const if_inbox_damaged =
    "stop the program, move inbox.sqlite, inbox.sqlite-wal and inbox.sqlite-shm to another folder, and start it again; "
    "leave the folder spool unchanged: the instances in it are processed again";

Result<Identity> identity_in(db::Database& database) {
  if (TRY(database.read("pragma user_version")).at(0).integer(0) == 0) return Identity();
  Identity identity;
  for (const db::Row& row : TRY(database.read("select key, value from meta where key in ('replica_id', 'life')"))) {
    if (row.text(0) == "life")
      identity.life = number_of(row.text(1));
    else
      identity.id = row.text(1);
  }
  identity.last_seq = TRY(last_seq(database));
  return identity;
}

Result<Kinship> kinship_of(db::Database& database, const std::optional<Identity>& beside) {
  if (TRY(is_of_another_program(database))) return Kinship::foreign;
  if (const Result<> shape = check_shape(database); !shape) return damaged(shape.error());
  const Result<Identity> identity = identity_in(database);
  if (!identity) return damaged(identity.error());
  return kinship(beside, *identity);
}

Result<InboxDatabase> open_inbox_database(const fs::path& directory, const Clock& clock) {
  const db::sqlite::Options options{.path = directory / "inbox.sqlite", .if_damaged = if_inbox_damaged};
  const std::optional<Identity> beside = TRY(read_identity(directory));
  std::unique_ptr<db::Database> database = TRY(db::sqlite::open(options));
  const Kinship found = TRY(kinship_of(*database, beside));
  if (found == Kinship::foreign) {
    database.reset();
    TRY(set_aside(options.path, clock.now()));
    database = TRY(db::sqlite::open(options));
  }
  say(found, options.path);
  if (const Result<> migrated = migrate(*database); !migrated) return damaged(migrated.error());
  Identity identity = TRY(identity_in(*database));
  InboxDatabase opened{.database = std::move(database), .kinship = found, .id = {}, .identity = {}};
  TRY(begin_life(opened, beside, identity));
  if (beside) identity.last_seq = std::max(identity.last_seq, beside->last_seq);
  opened.id = identity.id;
  opened.last_seq = identity.last_seq;
  // Written after the database: after a kill between the two the database is ahead of the identity, which does not
  // count as an older copy.
  opened.identity = TRY(IdentityFile::write(directory, identity));
  return opened;
}

}  // namespace dmw::inbox
