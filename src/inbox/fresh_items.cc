#include "inbox/fresh_items.h"

#include <utility>

namespace dmw::inbox {
namespace {

/// About 5 kB each.
constexpr std::size_t items_max = 2'048;

}  // namespace

void FreshItems::add(StoredItem item) {
  const std::scoped_lock lock(mutex_);
  if (items_.size() >= items_max) return;
  const std::int64_t seq = item.item.seq;
  items_.insert_or_assign(seq, std::move(item));
}

std::optional<StoredItem> FreshItems::take(std::int64_t seq) {
  const std::scoped_lock lock(mutex_);
  const auto found = items_.find(seq);
  if (found == items_.end()) return std::nullopt;
  std::optional<StoredItem> item(std::move(found->second));
  items_.erase(found);
  return item;
}

}  // namespace dmw::inbox
