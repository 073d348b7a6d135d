// Live<T>: a value that can be replaced while others use it, such as a password after a reload. A user keeps the value
// that it got until it calls get() again.
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

  /// The present value, never null. A pointer that differs from the last one means that the value was replaced, maybe
  /// by
  /// an equal one.
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
