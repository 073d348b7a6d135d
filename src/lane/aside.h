// Aside: the items of a lane that fail for a reason of their own, such as a study whose manifest cannot be written, or
// an object whose directory refuses writes. Each waits for a back-off and is tried again; the other items continue. The
// list is in memory only: after a restart each item is tried at once.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "lane/backoff.h"

namespace dmw::lane {

/// Any thread.
class Aside {
 public:
  struct State {
    std::size_t items = 0;
    MicrosUtc since = 0;  ///< of the oldest
    std::string reason;   ///< of the oldest: "study 1.2.3: no write permission"; and how many more there are
  };

  /// `lane`: its name in the log and in the metric. Clock and metrics must outlive this.
  Aside(std::string lane, const Clock& clock, Metrics& metrics);

  /// Whether the item is still waiting for its next try.
  bool is_resting(const std::string& item) const;
  /// Adds an item that failed for a reason of its own. `words` names it for people. Logged once, and again if a later
  /// try fails for another reason.
  void put(const std::string& item, const std::string& words, const Error& why);
  /// Removes an item that is done or no longer needed. The other items may have failed for the same reason, so all of
  /// them become due at once. Has no effect on an item that is not listed, except that.
  void take(const std::string& item);
  /// Removes the items for which `is_open` returns false.
  void keep(const std::function<bool(const std::string& item)>& is_open);

  std::size_t count() const;
  /// Nullopt if no item is listed.
  std::optional<State> state() const;

 private:
  struct Entry {
    std::string words;
    std::string why;
    int tries = 0;
    MicrosUtc since = 0;
    Monotonic rests_until;
  };

  void tell_count();

  const std::string lane_;
  const Clock& clock_;
  Gauge& gauge_;
  const Backoff backoff_;
  mutable std::mutex mutex_;  // guards items_
  std::unordered_map<std::string, Entry> items_;
};

}  // namespace dmw::lane
