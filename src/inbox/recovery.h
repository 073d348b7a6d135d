// Recovery: reads the complete spool files without a row again and creates their rows, while the program works
// normally. It may stop at any moment: the next start continues with the rest.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "inbox/capacity.h"
#include "inbox/claims.h"
#include "inbox/committer.h"
#include "inbox/inbox.h"
#include "inbox/quarantine.h"
#include "inbox/spool_directory.h"

namespace dmw::inbox {

class Recovery {
 public:
  /// All of them outlive it.
  struct Parts {
    const Options& options;
    const Clock& clock;
    const SpoolDirectory& spool;
    Committer& committer;
    Claims& claims;
    Capacity& capacity;
  };

  /// Starts at once, in the order of `files`, which must have names of complete files. They count in the capacity from
  /// now on. A file whose content does not match its name goes to the quarantine.
  Recovery(const Parts& parts, std::vector<SpoolEntry> files, Quarantine quarantine);
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;
  /// Stops it, even in the middle of a file.
  ~Recovery() = default;

  Recovering progress() const { return {done_, files_.size()}; }

 private:
  void run(const std::stop_token& stop);
  /// Reads some files and creates their rows. Returns false if it must stop.
  bool take(std::span<const SpoolEntry> files, const std::stop_token& stop);
  /// Errors: cancelled, corrupted (the content does not match the name), those of the disk.
  Result<SpooledInstance> read(const SpoolEntry& entry, const std::stop_token& stop);
  /// Returns false if it must stop.
  bool make_rows(std::vector<SpooledInstance> items, const std::stop_token& stop);
  /// Logs an error once, and waits before the next try. Returns false if it must stop.
  bool rest(const Error& why, const std::stop_token& stop);
  void set_aside(const SpoolEntry& entry, const Error& why);
  void tell_progress();
  const Session& session_of(const std::string& calling_ae, const std::optional<Uuid>& correlation_id);

  const Parts parts_;
  const std::vector<SpoolEntry> files_;
  Quarantine quarantine_;
  const Uuid correlation_id_ = Uuid::random();                // for files without one
  std::map<std::pair<std::string, Uuid>, Session> sessions_;  // by AE title and correlation id
  std::string told_;                                          // the last error
  Monotonic told_at_;
  std::atomic<std::uint64_t> done_ = 0;
  std::jthread thread_;
};

}  // namespace dmw::inbox
