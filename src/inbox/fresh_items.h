// What was kept a moment ago and nobody has claimed yet, still in memory: most items are claimed without reading back
// what has just been written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "inbox/item_rows.h"

namespace dmw::inbox {

/// Any thread. Holds a bounded number of items; the rows hold all of them, as they are here.
class FreshItems {
 public:
  /// Not when it is full.
  void add(StoredItem item);
  /// Gives it away, if it is here.
  std::optional<StoredItem> take(std::int64_t seq);

 private:
  std::mutex mutex_;
  std::unordered_map<std::int64_t, StoredItem> items_;
};

}  // namespace dmw::inbox
