// InboxAtPath: the inbox that lies at a path, also when its volume comes back as another mount. What is open then is of
// the old one; it is closed, and the inbox is opened anew at its path.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "inbox/sqlite_inbox.h"

namespace dmw::inbox {

/// A file that was begun in the old one cannot be kept in the new one, and what was claimed there is claimed again.
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
  /// Opens it anew first, where it has come back as another mount.
  Result<> probe() override;
  double fill() const override;
  void on_kept(std::function<void()> nudge) override;
  const std::string& replica_id() const override { return replica_id_; }
  const std::filesystem::path& directory() const override { return options_.directory; }

 private:
  /// Errors: unavailable, between the old one and the new one.
  Result<std::shared_ptr<SqliteInbox>> opened() const;
  Result<> follow();
  /// Whether this very inbox lies at the path.
  bool is_here() const;

  const Options options_;
  const Clock& clock_;
  const std::string replica_id_;
  std::mutex following_;              // one at a time
  std::shared_ptr<SqliteInbox> old_;  // guarded by it: who still is in it may end
  mutable std::mutex mutex_;          // guards what follows
  std::shared_ptr<SqliteInbox> opened_;
  std::string why_not_;
  std::function<void()> nudge_;
};

}  // namespace dmw::inbox
