// Inbox over a spool directory and an SQLite file beside it:
//   <directory>/lock  inbox.sqlite  spool/<0-f>/<file>
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "inbox/capacity.h"
#include "inbox/claims.h"
#include "inbox/committer.h"
#include "inbox/fresh_items.h"
#include "inbox/inbox.h"
#include "inbox/spool_directory.h"

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
  double fill() const override { return capacity_->fill(); }
  void on_kept(std::function<void()> nudge) override { nudge_ = std::move(nudge); }
  const std::string& replica_id() const override { return replica_id_; }
  const std::filesystem::path& directory() const override { return options_.directory; }

 private:
  struct Batch;

  SqliteInbox(const Options& options, const Clock& clock, File lock);
  /// Who we are, and whether the last life ended in order.
  Result<> begin_life();
  /// Counts what is there and sweeps what is not.
  Result<> take_stock();
  Result<> remove_row(std::int64_t seq, const SessionId& session);
  Result<> claim_returned(Batch& batch);
  Result<> claim_next(Batch& batch);
  /// From memory, or from their rows.
  Result<std::map<std::int64_t, StoredItem>> load(std::span<const std::int64_t> seqs);
  bool take(StoredItem& stored, Batch& batch);

  const Options options_;
  const Clock& clock_;
  const File lock_;
  std::unique_ptr<SpoolDirectory> spool_;
  std::unique_ptr<db::Database> database_;
  std::string replica_id_;
  std::int64_t unclean_seq_ = 0;              // the last number before the last unclean end
  const std::shared_ptr<Capacity> capacity_;  // also of files that somebody still writes
  Claims claims_;
  FreshItems fresh_;
  std::mutex claim_mutex_;  // one claim at a time, and none while a row that failed is taken back
  std::function<void()> nudge_;
  std::unique_ptr<Committer> committer_;
};

}  // namespace dmw::inbox
