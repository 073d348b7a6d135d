// Aside: the items of a lane that cannot be done for now because of something of their own, while the others go on: a
// study whose manifest cannot be written, an item whose shard of the store refuses. Each rests for a back-off, and is
// tried again. What is remembered here is lost at a restart: then each is tried at once.
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

  /// `lane`: in the log and the metric. Clock and metrics must outlive it.
  Aside(std::string lane, const Clock& clock, Metrics& metrics);

  /// Whether the item was tried a moment ago.
  bool is_resting(const std::string& item) const;
  /// It failed, by something of its own. `words` names it to a person. Told in the log once, until it is done, and
  /// again when a later try fails for another reason.
  void put(const std::string& item, const std::string& words, const Error& why);
  /// It is done, or there is nothing to do any more. The others may fail for the same reason: their rest ends. A
  /// success also when it was not here.
  void take(const std::string& item);
  /// Takes those out for which `is_open` says false.
  void keep(const std::function<bool(const std::string& item)>& is_open);

  std::size_t count() const;
  /// Nothing when no item is here.
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
