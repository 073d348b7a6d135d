// Queue: the side of the inbox from which instances are taken to be recorded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/spooled_instance.h"

namespace dmw::inbox {

/// Any thread.
class Queue {
 public:
  virtual ~Queue() = default;

  /// The oldest instances that nobody has claimed and whose time has come; claimed until finish, postpone or release,
  /// or the end of the process. Empty when there are none.
  virtual Result<std::vector<SpooledInstance>> claim(std::size_t items_max, std::uint64_t bytes_max) = 0;
  /// They are recorded or set aside: their rows go, and their spool files where a store has not taken them.
  virtual Result<> finish(std::span<const SpooledInstance> items) = 0;
  /// Another try after `delay`, counted.
  virtual Result<> postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) = 0;
  /// Back to the queue as if never claimed: an outage counts against nobody.
  virtual void release(std::span<const SpooledInstance> items) = 0;

  /// Whether its volume is still mounted: where it is not, its files only seem to be gone. Errors: unavailable.
  virtual Result<> present() const = 0;
  /// Called after each keep, by its thread: there is something to claim. Must not block. Set once, before the first
  /// keep.
  virtual void on_kept(std::function<void()> nudge) = 0;
};

}  // namespace dmw::inbox
