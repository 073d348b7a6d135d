#include "http/connection_count.h"

namespace dmw::http {

bool ConnectionCount::enter(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (count_ >= limit) return false;
  ++count_;
  return true;
}

void ConnectionCount::leave() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

bool ConnectionCount::wait_for_none(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, patience, [&] { return count_ == 0; });
}

}  // namespace dmw::http
