// Inbox with a spool directory and an SQLite file:
//   <directory>/lock  identity  inbox.sqlite  spool/<0-f>/<file>  quarantine/
#pragma once

#include <future>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "inbox/capacity.h"
#include "inbox/claims.h"
#include "inbox/committer.h"
#include "inbox/fresh_items.h"
#include "inbox/inbox.h"
#include "inbox/inbox_database.h"
#include "inbox/quarantine.h"
#include "inbox/recovery.h"
#include "inbox/spool_directory.h"
#include "inbox/stock.h"

namespace dmw::inbox {

class SqliteInbox final : public Inbox {
 public:
  static Result<std::unique_ptr<SqliteInbox>> open(const Options& options, const Clock& clock);
  SqliteInbox(const SqliteInbox&) = delete;
  SqliteInbox& operator=(const SqliteInbox&) = delete;
  ~SqliteInbox() override;

  Result<SpoolFile> create(std::uint64_t bytes) override;
  Result<ScratchFile> scratch(std::uint64_t bytes) override;
  Result<std::int64_t> keep(SpoolFile file, Arrival arrival) override;
  Result<std::vector<SpooledInstance>> claim(std::size_t items_max, std::uint64_t bytes_max) override;
  Result<> finish(std::span<const SpooledInstance> items) override;
  Result<> postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) override;
  void release(std::span<const SpooledInstance> items) override;
  Depth depth() const override;
  std::optional<Recovering> recovering() const override;
  Result<> intake() const override { return capacity_->intake(); }
  Result<> admit() const override { return capacity_->admit(); }
  Result<> present() const override { return capacity_->present(); }
  Result<> probe() override;
  double fill() const override { return capacity_->fill(); }
  void on_kept(std::function<void()> nudge) override { nudge_ = std::move(nudge); }
  const std::string& replica_id() const override { return replica_id_; }
  const std::filesystem::path& directory() const override { return options_.directory; }

 private:
  struct Batch;

  SqliteInbox(const Options& options, const Clock& clock, File lock);
  /// Counts the files, deletes those that may be deleted, and begins to read files without a row again.
  Result<> start(std::int64_t last_seq, Kinship kinship);
  /// Deletes rows that have no file and need none.
  Result<> drop_rows(std::span<const ItemSummary> items, Stock& stock, std::string_view why);
  Result<> sweep(std::span<const SpoolEntry> leavings);
  /// Adds the functions that must be called after all locks are released to `callbacks`.
  Result<> finish(std::span<const SpooledInstance> items, std::vector<std::function<void()>>& callbacks);
  /// Deletes the notes on removals after many of them: their files are certainly removed from the disk by then.
  void forget_finished();
  Result<> remove_row(std::int64_t seq, const SessionId& session);
  Result<> claim_returned(Batch& batch);
  Result<> claim_next(Batch& batch);
  /// The items, from memory or from their rows.
  Result<std::map<std::int64_t, StoredItem>> load(std::span<const std::int64_t> seqs);
  bool take(StoredItem& stored, Batch& batch);

  const Options options_;
  const Clock& clock_;
  const File lock_;
  std::unique_ptr<SpoolDirectory> spool_;
  std::unique_ptr<db::Database> database_;
  std::string replica_id_;
  std::int64_t unclean_seq_ = 0;              // the last number before the last unclean end
  IdentityFile identity_;                     // used by the committer's thread
  const std::shared_ptr<Capacity> capacity_;  // shared with files that are still being written
  Claims claims_;
  FreshItems fresh_;
  std::mutex claim_mutex_;            // one claim at a time, and none while a failed row is being removed
  std::mutex finish_mutex_;           // one finish at a time, for its rows and its files
  std::uint64_t finished_count_ = 0;  // guarded by it: number since forget_finished()
  std::function<void()> nudge_;
  std::unique_ptr<Committer> committer_;
  std::optional<Recovery> recovery_;
};

}  // namespace dmw::inbox
