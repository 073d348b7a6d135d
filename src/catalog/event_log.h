// The event log: append only, positions 1, 2, 3… without a gap, in commit order (rule 5).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "db/database.h"
#include "model/event.h"

namespace dmw::catalog {

/// Gives the events their positions and writes them. The head row stays locked until the transaction ends, so lock
/// order is commit order and a rollback leaves no hole: call it last. Returns the position of the first one.
Result<std::int64_t> append(db::Transaction& transaction, const std::vector<Event>& events);

/// The range that is kept: [first, last]; first is last + 1 when there is none.
struct LogRange {
  std::int64_t first = 1;
  std::int64_t last = 0;
};
Result<LogRange> log_range(db::Database& database);

inline constexpr std::size_t read_bytes_max = 8U << 20U;
/// Events after `position` in order, at most `limit` and, beyond the first, at most `bytes_max` of bodies.
/// Errors: gone (the event after `position` is no longer kept), and those of the database.
Result<std::vector<Event>> read_after(db::Database& database, std::int64_t position, std::size_t limit,
                                      std::size_t bytes_max = read_bytes_max);

/// Deletes events that are older than `before`, except those that the slowest sink has still to read. At most `limit`.
Result<std::int64_t> forget_events(db::Database& database, MicrosUtc before, std::size_t limit);

}  // namespace dmw::catalog
