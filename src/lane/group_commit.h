// GroupCommit: many threads submit small items that must be saved on disk. One thread writes all waiting items in one
// commit and answers each caller. There is no delay to collect items: the next group forms while the current one is
// being committed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "base/result.h"

namespace dmw::lane {

template <typename In, typename Out>
class GroupCommit {
 public:
  /// Writes a group of at least one item. Returns one answer per item, in order. An error is returned to the caller of
  /// each item.
  using Commit = std::function<Result<std::vector<Out>>(std::span<const In>)>;

  struct Options {
    std::string name;  ///< name of the thread (its first 15 characters)
    std::size_t group_max = 300;
    std::size_t waiting_max = 4'096;
    /// The longest wait of submit(), so that a database that hangs does not block the threads of callers forever.
    std::chrono::milliseconds patience{60'000};
  };

  GroupCommit(Options options, Commit commit)
      : options_(std::move(options)), commit_(std::move(commit)), thread_([this] { run(); }) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  ~GroupCommit() { stop(); }

  /// Any thread; blocks until the item's group is committed. Errors: those of the commit, unavailable (too many callers
  /// are waiting), timeout (`patience` is over; the item may still be committed later), cancelled (stopped).
  Result<Out> submit(In item) {
    std::future<Result<Out>> answer;
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return fail(Errc::cancelled, options_.name + " is stopping");
      if (waiting_.size() >= options_.waiting_max)
        return fail(Errc::unavailable, options_.name + " has too many waiting");
      answer = waiting_.emplace_back(std::move(item)).answer.get_future();
    }
    changed_.notify_one();
    if (answer.wait_for(options_.patience) != std::future_status::ready)
      return fail(Errc::timeout, options_.name + " was not written in time");
    return answer.get();
  }

  /// Commits the waiting items and ends the thread.
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Waiting {
    explicit Waiting(In wanted) : item(std::move(wanted)) {}
    In item;
    std::promise<Result<Out>> answer;
  };

  void run() {
    ::pthread_setname_np(::pthread_self(), options_.name.substr(0, 15).c_str());
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      std::vector<In> items;
      std::vector<std::promise<Result<Out>>> answers;
      while (!waiting_.empty() && items.size() < options_.group_max) {
        items.push_back(std::move(waiting_.front().item));
        answers.push_back(std::move(waiting_.front().answer));
        waiting_.pop_front();
      }
      lock.unlock();
      Result<std::vector<Out>> written = commit_(items);
      ASSERT(!written || written->size() == items.size());
      for (std::size_t i = 0; i < answers.size(); ++i) {
        if (written)
          answers[i].set_value(std::move((*written)[i]));
        else
          answers[i].set_value(std::unexpected(written.error()));
      }
      lock.lock();
    }
  }

  const Options options_;
  const Commit commit_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dmw::lane
