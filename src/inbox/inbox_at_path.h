// InboxAtPath: the inbox at a path, also after its volume was unmounted and mounted again. Open files then belong to
// the old mount, so the inbox is closed and opened again at its path.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "inbox/sqlite_inbox.h"

namespace dmw::inbox {

/// A file that was begun before the change cannot be kept afterwards, and items that were claimed before are claimed
/// again.
class InboxAtPath final : public Inbox {
 public:
  InboxAtPath(const Options& options, const Clock& clock, std::unique_ptr<SqliteInbox> opened);

  Result<SpoolFile> create(std::uint64_t bytes) override;
  Result<ScratchFile> scratch(std::uint64_t bytes) override;
  Result<std::int64_t> keep(SpoolFile file, Arrival arrival) override;
  Result<std::vector<SpooledInstance>> claim(std::size_t items_max, std::uint64_t bytes_max) override;
  Result<> finish(std::span<const SpooledInstance> items) override;
  Result<> postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) override;
  void release(std::span<const SpooledInstance> items) override;
  Depth depth() const override;
  std::optional<Recovering> recovering() const override;
  Result<> intake() const override;
  Result<> admit() const override;
  Result<> present() const override;
  /// First opens the inbox again if its volume was mounted again.
  Result<> probe() override;
  double fill() const override;
  void on_kept(std::function<void()> nudge) override;
  const std::string& replica_id() const override { return replica_id_; }
  const std::filesystem::path& directory() const override { return options_.directory; }

 private:
  /// Errors: unavailable (between the old and the new mount).
  Result<std::shared_ptr<SqliteInbox>> opened() const;
  Result<> follow();
  /// Whether the open inbox is the one at the path.
  bool is_here() const;

  const Options options_;
  const Clock& clock_;
  const std::string replica_id_;
  std::mutex following_;              // one at a time
  std::shared_ptr<SqliteInbox> old_;  // guarded by it: current calls may still finish in it
  mutable std::mutex mutex_;          // guards the members below
  std::shared_ptr<SqliteInbox> opened_;
  std::string why_not_;
  std::function<void()> nudge_;
};

}  // namespace dmw::inbox
