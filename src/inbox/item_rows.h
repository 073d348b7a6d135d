// The rows of `inbox.sqlite`: items, their sessions, and facts about the inbox itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "model/spooled_instance.h"

namespace dmw::inbox {

/// The values of an item's row. They are prepared by the thread that keeps the item, so that the committer only binds
/// them.
db::Values item_values(std::int64_t seq, const SpooledInstance& item, std::string_view spool_name);
constexpr std::size_t item_seq_column = 0;

struct StoredItem {
  SpooledInstance item;  // `file` is the name in the spool, not yet a path
  MicrosUtc not_before = 0;
};

/// The fields of an item that opening the inbox needs.
struct ItemSummary {
  std::int64_t seq = 0;
  SessionId session;
  std::string file;
  std::uint64_t size_bytes = 0;
};

struct Postponement {
  std::int64_t seq = 0;
  MicrosUtc not_before = 0;
  std::string last_error;
};

/// Whether this database has tables that do not belong to an inbox. Errors: those of db.
Result<bool> is_of_another_program(db::Database& database);
/// Checks that all tables and columns of its version exist. Errors: internal (names the first missing one), those of
/// db.
Result<> check_shape(db::Database& database);
/// Creates or updates the tables. Errors: unsupported (made by a newer version of the program), those of db.
Result<> migrate(db::Database& database);

/// Errors of all: those of db.
Result<> insert_sessions(db::Transaction& transaction, const std::vector<Session>& sessions);
Result<> insert_items(db::Transaction& transaction, const std::vector<const db::Values*>& items);
Result<> delete_items(db::Transaction& transaction, const std::vector<std::int64_t>& seqs);
Result<> delete_sessions(db::Transaction& transaction, const std::vector<SessionId>& ids);
/// Notes that the files of these items are being removed, so that a start removes files that a crash has left. `stems`:
/// as of stem_of().
Result<> insert_finished(db::Transaction& transaction, const std::vector<std::string>& stems);
/// The stems of all removals since delete_finished().
Result<std::vector<std::string>> finished_stems(db::Database& database);
Result<> delete_finished(db::Transaction& transaction);
Result<> postpone_items(db::Transaction& transaction, const std::vector<Postponement>& postponements);

/// In order, from the first one after `after`.
Result<std::vector<std::int64_t>> seqs_after(db::Database& database, std::int64_t after, std::size_t items_max);
/// The existing items of `seqs`, from one snapshot.
Result<std::vector<StoredItem>> items_of(db::Database& database, const std::vector<std::int64_t>& seqs);
Result<std::vector<ItemSummary>> summaries_after(db::Database& database, std::int64_t after, std::size_t items_max);
Result<std::optional<MicrosUtc>> oldest_kept_at(db::Database& database);
/// The highest number ever assigned, to an item or a removal. Numbers are never used twice.
Result<std::int64_t> last_seq(db::Database& database);
/// Numbers up to this one will not be assigned. Call it after the first item exists.
Result<> raise_last_seq(db::Transaction& transaction, std::int64_t seq);
Result<> delete_idle_sessions(db::Transaction& transaction);

/// The value of this key; empty if there is none.
Result<std::string> meta(db::Transaction& transaction, std::string_view key);
Result<> set_meta(db::Transaction& transaction, std::string_view key, const std::string& value);

}  // namespace dmw::inbox
