#include "sources/upload/keep_pool.h"

namespace dmw::sources {

KeepPool::KeepPool(std::size_t threads) : waiting_max_(threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

KeepPool::~KeepPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  job_there_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void KeepPool::submit(Job job) {
  {
    std::unique_lock lock(mutex_);
    room_there_.wait(lock, [this] { return waiting_.size() < waiting_max_; });
    waiting_.push_back(std::move(job));
  }
  job_there_.notify_one();
}

void KeepPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    job_there_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    room_there_.notify_one();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace dmw::sources
