// FreshItems: a cache of the items that were just kept and not claimed yet. So most items are claimed without reading
// their rows back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "inbox/item_rows.h"

namespace dmw::inbox {

/// Any thread. Has a bounded number of items; the database has all of them in the same form.
class FreshItems {
 public:
  /// Adds an item; does nothing if the cache is full.
  void add(StoredItem item);
  /// Removes and returns the item, if it is cached.
  std::optional<StoredItem> take(std::int64_t seq);

 private:
  std::mutex mutex_;
  std::unordered_map<std::int64_t, StoredItem> items_;
};

}  // namespace dmw::inbox
