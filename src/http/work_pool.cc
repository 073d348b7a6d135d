#include "http/work_pool.h"

#include <system_error>

#include "base/log.h"

namespace dmw::http {

WorkPool::WorkPool(std::size_t threads_max, std::size_t queue_max) : threads_max_(threads_max), queue_max_(queue_max) {}

WorkPool::~WorkPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool WorkPool::submit(Job&& job) {
  const std::lock_guard lock(mutex_);
  grow();
  if (ending_ || queue_.size() >= queue_max_ + idle_) return false;
  add(std::move(job));
  return true;
}

void WorkPool::go_on(Job job) {
  const std::lock_guard lock(mutex_);
  grow();
  add(std::move(job));
}

void WorkPool::grow() {
  if (ending_ || queue_.size() < idle_ || threads_.size() == threads_max_) return;
  try {
    threads_.emplace_back([this] { work(); });
    ++idle_;
  } catch (const std::system_error& error) {
    log::warning("thread_refused", error.what());
  }
}

void WorkPool::add(Job job) {
  queue_.push_back(std::move(job));
  changed_.notify_one();
}

void WorkPool::work() {
  std::unique_lock lock(mutex_);
  for (;; ++idle_) {
    changed_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    --idle_;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // releases its captures before the lock is taken
    lock.lock();
  }
}

}  // namespace dmw::http
