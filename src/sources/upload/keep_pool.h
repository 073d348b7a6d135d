// KeepPool: the threads that sync instances while the intake receives the next ones, so that many syncs share one
// journal commit.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dmw::sources {

/// Any thread.
class KeepPool {
 public:
  using Job = std::move_only_function<void()>;

  explicit KeepPool(std::size_t threads);
  KeepPool(const KeepPool&) = delete;
  KeepPool& operator=(const KeepPool&) = delete;
  /// Runs what waits.
  ~KeepPool();

  /// Waits until the queue has a place. The queue is as long as the number of threads, so that a slow disk slows down
  /// the senders.
  void submit(Job job);

 private:
  void work();

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable job_there_;
  std::condition_variable room_there_;
  std::deque<Job> waiting_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dmw::sources
