// The rows of `inbox.sqlite`: items, the sessions they came in, and what is known of the inbox itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "model/spooled_instance.h"

namespace dmw::inbox {

/// An item's row on its way into the database; made by the thread that keeps it, so that the committer only binds.
db::Values item_values(std::int64_t seq, const SpooledInstance& item, std::string_view spool_name);
constexpr std::size_t item_seq_column = 0;

struct StoredItem {
  SpooledInstance item;  // `file` is the name in the spool, not yet a path
  MicrosUtc not_before = 0;
};

/// Beside what an open needs to know of an item.
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

/// Has this database tables that are not an inbox's? Errors: those of db.
Result<bool> is_of_another_program(db::Database& database);
/// Whether the tables and columns of its version are all there. Errors: internal (names the first that is missing),
/// those of db.
Result<> check_shape(db::Database& database);
/// Creates or updates the tables. Errors: unsupported (made by a newer version of the program), those of db.
Result<> migrate(db::Database& database);

/// Errors of all: those of db.
Result<> insert_sessions(db::Transaction& transaction, const std::vector<Session>& sessions);
Result<> insert_items(db::Transaction& transaction, const std::vector<const db::Values*>& items);
Result<> delete_items(db::Transaction& transaction, const std::vector<std::int64_t>& seqs);
Result<> delete_sessions(db::Transaction& transaction, const std::vector<SessionId>& ids);
/// The files of these items are on their way out: what is left of them after a crash is swept. `stems` as stem_of().
Result<> insert_finished(db::Transaction& transaction, const std::vector<std::string>& stems);
/// Those of all finishes since delete_finished().
Result<std::vector<std::string>> finished_stems(db::Database& database);
Result<> delete_finished(db::Transaction& transaction);
Result<> postpone_items(db::Transaction& transaction, const std::vector<Postponement>& postponements);

/// In their order, from the first behind `after`.
Result<std::vector<std::int64_t>> seqs_after(db::Database& database, std::int64_t after, std::size_t items_max);
/// Those of `seqs` that there are, in one snapshot.
Result<std::vector<StoredItem>> items_of(db::Database& database, const std::vector<std::int64_t>& seqs);
Result<std::vector<ItemSummary>> summaries_after(db::Database& database, std::int64_t after, std::size_t items_max);
Result<std::optional<MicrosUtc>> oldest_kept_at(db::Database& database);
/// The highest number ever given, to an item or to a finish: numbers are not used twice.
Result<std::int64_t> last_seq(db::Database& database);
/// No number up to this one is given any more. After the first item.
Result<> raise_last_seq(db::Transaction& transaction, std::int64_t seq);
Result<> delete_idle_sessions(db::Transaction& transaction);

/// Empty when there is none.
Result<std::string> meta(db::Transaction& transaction, std::string_view key);
Result<> set_meta(db::Transaction& transaction, std::string_view key, const std::string& value);

}  // namespace dmw::inbox
