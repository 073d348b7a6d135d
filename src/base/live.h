// Live<T>: a value that is replaced while others use it, such as a password that is read again. Each of them has a
// whole one: the one that it took, until it takes the next.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace dmw {

/// Any thread.
template <typename T>
class Live {
 public:
  explicit Live(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  /// Never null. Another pointer than the last time: it was replaced since, maybe by an equal value.
  std::shared_ptr<const T> get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }

  void set(T value) {
    auto next = std::make_shared<const T>(std::move(value));
    const std::scoped_lock lock(mutex_);
    value_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace dmw
