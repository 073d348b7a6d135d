// Halving: if a database refuses a batch because of single rows, the batch is divided until each of these is alone, so
// that all others are accepted. If the database refuses every row, the caller ends the search.
#pragma once

#include <cstddef>
#include <span>

#include "db/database.h"

namespace dmw::db {

/// The most refused rows in one pass. Each of them costs several transactions.
inline constexpr std::size_t refused_most = 32;

struct Halved {
  std::size_t tried = 0;  ///< number of items, in their order, that were tried
  bool ended = false;     ///< `refuse` ended it
};

/// `act` handles the items that it is given in one transaction: either it succeeds, or nothing has changed.
/// `refuse(item, why)` is called for each item that is refused alone; it returns whether to continue. Errors: those of
/// the database as a whole, and those of `refuse`.
template <typename Item, typename Act, typename Refuse>
Result<Halved> in_halves(std::span<Item> items, const Act& act, const Refuse& refuse) {
  if (items.empty()) return Halved();
  const Result<> done = act(items);
  if (done) return Halved{items.size()};
  if (!may_be_of_rows(done.error())) return std::unexpected(done.error());
  if (items.size() == 1) return Halved{1, !TRY(refuse(items[0], done.error()))};
  const std::size_t half = items.size() / 2;
  const Halved first = TRY(in_halves(items.first(half), act, refuse));
  if (first.ended) return first;
  const Halved rest = TRY(in_halves(items.subspan(half), act, refuse));
  return Halved{half + rest.tried, rest.ended};
}

}  // namespace dmw::db
