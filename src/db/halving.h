// What a database refuses because of single rows is halved until these stand alone, so that they keep none of the
// others. Where it refuses all, nothing is won by that: who is asked about each that stands alone may end it.
#pragma once

#include <cstddef>
#include <span>

#include "db/database.h"

namespace dmw::db {

/// How many refused rows are enough for one pass: each of them costs transactions of its own.
inline constexpr std::size_t refused_most = 32;

struct Halved {
  std::size_t tried = 0;  ///< of the items, in their order
  bool ended = false;     ///< before the last of them, or at it
};

/// `act` takes all of `items`, or those that it is given, in one transaction: a success, or an error and nothing has
/// changed. `refuse(item, why)` is called for each that is refused alone, and says whether to go on; it may fail
/// itself. Errors: of the database as a whole, and those of `refuse`.
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
