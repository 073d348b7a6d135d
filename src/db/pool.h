// A bounded pool that serves its waiters in the order in which they came. With one place it is a fair lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace dmw::db {

/// Any thread. Outlives its leases.
template <typename T>
class Pool {
 public:
  /// One place in the pool. Gives its item back when it is destroyed; an empty lease is the right to open an item.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<T> taken) : item(std::move(taken)), pool_(&pool) {}
    Lease(Lease&& other) noexcept : item(std::move(other.item)), pool_(std::exchange(other.pool_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(item));
    }

    std::unique_ptr<T> item;

   private:
    Pool* pool_;
  };

  explicit Pool(std::size_t places) : places_(places) {}

  /// Nullopt if no place became free within `wait`.
  std::optional<Lease> take(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (waiters_.empty() && taken_ < places_) {
      ++taken_;
      return Lease(*this, take_idle());
    }
    Waiter self;
    waiters_.push_back(&self);
    if (!self.served.wait_for(lock, wait, [&] { return self.is_served; })) {
      std::erase(waiters_, &self);
      return std::nullopt;
    }
    return Lease(*this, std::move(self.item));
  }

 private:
  struct Waiter {
    std::condition_variable served;
    bool is_served = false;
    std::unique_ptr<T> item;
  };

  std::unique_ptr<T> take_idle() {
    if (idle_.empty()) return nullptr;
    std::unique_ptr<T> item = std::move(idle_.back());
    idle_.pop_back();
    return item;
  }

  void give_back(std::unique_ptr<T> item) {
    const std::scoped_lock lock(mutex_);
    if (waiters_.empty()) {
      --taken_;
      if (item) idle_.push_back(std::move(item));
      return;
    }
    Waiter& next = *waiters_.front();
    waiters_.pop_front();
    next.item = std::move(item);
    next.is_served = true;
    next.served.notify_one();  // under the lock: the waiter leaves with its condition variable
  }

  const std::size_t places_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::vector<std::unique_ptr<T>> idle_;
  std::deque<Waiter*> waiters_;
};

}  // namespace dmw::db
