// The start of an inbox: checks that the database belongs to it, and compares it with the spool (ADR 0012).
#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include "base/format.h"
#include "base/log.h"
#include "inbox/directory_lock.h"
#include "inbox/sqlite_inbox.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

/// If there are rows but no spool folder, the volume is not mounted; the spool is not empty.
Result<> check_spool(const fs::path& spool, bool was_there, db::Database& database) {
  if (was_there) return {};
  const db::Rows rows = TRY(database.read("select count(*) from items"));
  const std::int64_t items = rows.at(0).integer(0);
  if (items == 0) return {};
  return fail(
      Errc::conflict,
      format("the folder {} is missing, and inbox.sqlite names {} instances in it: mount its volume or restore it. If "
             "it is lost, create an empty folder with this name: each of the instances then becomes a dead letter",
             spool.string(), items));
}

/// Whether there is no sign of an earlier inbox.
bool is_new(const fs::path& directory) {
  std::error_code untold;
  return std::ranges::none_of(std::array{"identity", "inbox.sqlite", "spool"},
                              [&](const char* name) { return fs::exists(directory / name, untold) || untold; });
}

}  // namespace

SqliteInbox::SqliteInbox(const Options& options, const Clock& clock, File lock)
    : options_(options),
      clock_(clock),
      lock_(std::move(lock)),
      capacity_(std::make_shared<Capacity>(options.directory, options.limit_bytes, options.reserve_bytes, clock,
                                           [this] { return check_lock(lock_, options_.directory); })) {}

Result<std::unique_ptr<SqliteInbox>> SqliteInbox::open(const Options& options, const Clock& clock) {
  ASSERT(options.locate != nullptr);
  if (is_new(options.directory)) TRY(check_mounted(options.mounts, options.directory, "INBOX_PATH"));
  TRY(make_directories(options.directory));
  File lock = TRY(lock_directory(options.directory));
  std::unique_ptr<SqliteInbox> inbox(new SqliteInbox(options, clock, std::move(lock)));
  const fs::path spool = options.directory / "spool";
  std::error_code untold;
  const bool spool_was_there = fs::exists(spool, untold);
  InboxDatabase opened = TRY(open_inbox_database(options.directory, clock));
  TRY(check_spool(spool, spool_was_there, *opened.database));
  inbox->spool_ = TRY(SpoolDirectory::open(spool));
  inbox->database_ = std::move(opened.database);
  inbox->replica_id_ = std::move(opened.id);
  inbox->unclean_seq_ = opened.unclean_seq;
  inbox->identity_ = std::move(opened.identity);
  TRY(inbox->start(opened.last_seq, opened.kinship));
  return inbox;
}

Result<> SqliteInbox::start(std::int64_t last_seq, Kinship kinship) {
  Stock stock = TRY(take_stock(database_.get(), spool_->root()));
  TRY(drop_rows(stock.never_kept, stock,
                "their files were not on the disk yet, so no sender was told that they are safe"));
  if (kinship == Kinship::older)
    TRY(drop_rows(stock.without_file, stock, "they are from an older copy, and have been processed since"));
  TRY(sweep(stock.leavings));
  Quarantine quarantine(options_.directory / "quarantine");
  for (const SpoolEntry& entry : stock.strange)
    quarantine.take(spool_->path_of(entry.name), "not a file of this program");
  capacity_->add(stock.items, stock.bytes);
  committer_ = std::make_unique<Committer>(*database_, claims_, last_seq, std::move(stock.live),
                                           [this](std::int64_t seq) { identity_.mark(seq); });
  recovery_.emplace(Recovery::Parts{options_, clock_, *spool_, *committer_, claims_, *capacity_},
                    std::move(stock.without_row), std::move(quarantine));
  return {};
}

Result<> SqliteInbox::drop_rows(std::span<const ItemSummary> items, Stock& stock, std::string_view why) {
  if (items.empty()) return {};
  std::vector<std::int64_t> seqs;
  for (const ItemSummary& item : items) {
    seqs.push_back(item.seq);
    --stock.items;
    stock.bytes -= item.size_bytes;
    if (--stock.live[item.session] == 0) stock.live.erase(item.session);
  }
  TRY(database_->write([&](db::Transaction& transaction) -> Result<> {
    TRY(delete_items(transaction, seqs));
    return delete_idle_sessions(transaction);
  }));
  log::warning("inbox_rows_dropped", format("{} rows of the inbox are dropped: {}", seqs.size(), why));
  return {};
}

Result<> SqliteInbox::sweep(std::span<const SpoolEntry> leavings) {
  for (const SpoolEntry& entry : leavings) {
    const fs::path path = spool_->path_of(entry.name);
    if (::unlink(path.c_str()) != 0) return fail_errno(errno, "sweep " + path.string());
  }
  TRY(spool_->sync_names());
  TRY(database_->write([](db::Transaction& transaction) { return delete_finished(transaction); }));
  if (!leavings.empty()) {
    log::info("spool_swept",
              counted(leavings.size(), "file") + " removed: they were never acknowledged, or already catalogued",
              {{"files", static_cast<std::int64_t>(leavings.size())}});
  }
  return {};
}

}  // namespace dmw::inbox
