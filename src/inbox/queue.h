// Queue: the interface of the inbox for the ingestor.
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

  /// Claims the oldest instances that are free and due. They stay claimed until finish, postpone or release, or the end
  /// of the process. Empty if there are none.
  virtual Result<std::vector<SpooledInstance>> claim(std::size_t items_max, std::uint64_t bytes_max) = 0;
  /// The items are in the catalog or are dead letters: removes their rows, and their spool files if the store has not
  /// moved them.
  virtual Result<> finish(std::span<const SpooledInstance> items) = 0;
  /// Schedules another try after `delay` and counts it.
  virtual Result<> postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) = 0;
  /// Returns the items to the queue as if they had not been claimed. Used for outages, which do not count as a try.
  virtual void release(std::span<const SpooledInstance> items) = 0;

  /// Checks that the volume is still mounted, because otherwise files only seem to be missing. Errors: unavailable.
  virtual Result<> present() const = 0;
  /// Sets the function that is called after each keep, by the thread of the keep. It must not block. Call this once,
  /// before the first keep.
  virtual void on_kept(std::function<void()> nudge) = 0;
};

}  // namespace dmw::inbox
