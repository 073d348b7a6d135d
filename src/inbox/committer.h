// The group commit: one thread takes everything that waits, writes it in one transaction, and answers all of it. No
// linger: the next group forms while this one is being committed.
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

/// One thing to write. An item gets its number from the committer.
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
  std::vector<std::string> finished;  // stems of the files of the removals
  bool forget_finished = false;       // all of them, these not
  std::optional<Postponement> postponement;
};

class Committer {
 public:
  /// `live` are the sessions with rows, and how many items each has. `on_numbered` is called by the thread with the
  /// highest number that is durable.
  Committer(db::Database& database, Claims& claims, std::int64_t last_seq,
            std::unordered_map<SessionId, std::uint64_t> live, std::function<void(std::int64_t)> on_numbered);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  /// Writes what still waits.
  ~Committer();

  /// Any thread. A finish takes a number that nobody is told. The number of the item, or 0, once it is durable. Errors:
  /// those of db; nothing is written then.
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
  std::int64_t last_seq_;                              // of the thread
  std::unordered_map<SessionId, std::uint64_t> live_;  // of the thread: items of each session that has a row
  std::uint64_t idle_count_ = 0;                       // of the thread: sessions without items

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::inbox
