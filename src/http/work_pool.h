// WorkPool: the threads that run route functions, with one bounded queue. A thread is created when it is needed, and
// then stays.
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
  /// Runs the queued jobs, then ends the threads.
  ~WorkPool();

  /// Returns false, without using `job`, if all threads are busy and the queue is full.
  bool submit(Job&& job);
  /// Queues the next step of work that was accepted before. Never refused.
  void go_on(Job job);

 private:
  /// Creates one more thread if all are busy. The system may refuse it; the job then waits for another thread.
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
