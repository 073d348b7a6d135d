// WorkPool: the threads on which route functions run, behind one bounded queue. A thread is made when there is work for
// it, and stays.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dmw::http {

class WorkPool {
 public:
  using Job = std::move_only_function<void()>;

  WorkPool(std::size_t threads_max, std::size_t queue_max);
  /// Runs what is queued, then ends.
  ~WorkPool();

  /// False, and `job` is untouched, when every thread has work and the queue is full.
  bool submit(Job&& job);
  /// For the next step of work that was admitted already: never refused.
  void go_on(Job job);

 private:
  /// One more thread, when all have work. The system may refuse it; the job then waits for another.
  void grow();
  void add(Job job);
  void work();

  const std::size_t threads_max_;
  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::size_t idle_ = 0;  // threads without a job, new ones included
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dmw::http
