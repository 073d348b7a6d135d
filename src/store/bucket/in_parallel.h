// in_parallel: does many things at once, on a bounded number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

#include "base/log.h"

namespace dmw::store::bucket {

/// Calls `each(0)` to `each(count - 1)`, at most `threads_max` at a time, and returns when all have returned. A slow
/// one holds back no other.
template <typename Each>
void in_parallel(std::size_t count, std::size_t threads_max, const Each& each) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t n = next++; n < count; n = next++) each(n);
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t n = 1; n < std::min(count, threads_max); ++n) others.emplace_back(work);
  } catch (const std::system_error& none_left) {
    log::warning("threads_short", "the system gives no more threads: fewer uploads run at a time",
                 {{"threads", others.size() + 1}, {"reason", none_left.what()}});
  }
  work();
}

}  // namespace dmw::store::bucket
