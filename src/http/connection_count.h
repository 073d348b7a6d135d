#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace dmw::http {

/// How many connections there are, for the limit and for the wait at the end.
class ConnectionCount {
 public:
  bool enter(std::size_t limit);
  void leave();
  /// False when the time is over first.
  bool wait_for_none(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace dmw::http
