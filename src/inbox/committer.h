// Committer: the group commit of the inbox. One thread writes all waiting changes in one transaction and answers each.
// There is no delay to collect changes: the next group forms while the current one is being committed.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "inbox/claims.h"
#include "inbox/item_rows.h"

namespace dmw::inbox {

/// One change to write. The committer assigns the number of a new item.
struct Change {
  struct Item {
    db::Values values;
    Session session;
  };
  struct Removal {
    std::int64_t seq = 0;
    SessionId session;
  };
  std::optional<Item> item;
  std::vector<Removal> removals;
  std::vector<std::string> finished;  // file name stems of the removed items
  bool forget_finished = false;       // forget all earlier ones, but not those in `finished`
  std::optional<Postponement> postponement;
};

class Committer {
 public:
  /// `live`: the sessions with rows and their numbers of items. `on_numbered` is called by the thread with the highest
  /// number that is on disk.
  Committer(db::Database& database, Claims& claims, std::int64_t last_seq,
            std::unordered_map<SessionId, std::uint64_t> live, std::function<void(std::int64_t)> on_numbered);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  /// Writes all waiting changes first.
  ~Committer();

  /// Any thread. The future has the number of the new item, or 0 for other changes, when the change is on disk. A
  /// removal uses up a number, too. Errors: those of db; nothing is written then.
  std::future<Result<std::int64_t>> submit(Change change);

 private:
  struct Waiting {
    Change change;
    std::promise<Result<std::int64_t>> answer;
  };

  void run();
  void commit(std::span<Waiting> group);
  Result<> write(std::span<Waiting> group, const std::vector<SessionId>& idle);
  std::vector<SessionId> idle_sessions(std::span<const Waiting> group) const;
  void count(std::span<const Waiting> group, const std::vector<SessionId>& idle);

  db::Database& database_;
  Claims& claims_;
  const std::function<void(std::int64_t)> on_numbered_;
  std::int64_t last_seq_;                              // used by the thread only
  std::unordered_map<SessionId, std::uint64_t> live_;  // used by the thread only: items of each session that has a row
  std::uint64_t idle_count_ = 0;                       // used by the thread only: sessions without items

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::inbox
