// Gauges: the state of the inbox, for operators.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace dmw::inbox {

struct Depth {
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  std::optional<MicrosUtc> oldest_kept_at;
};

/// Progress of reading the spool files that had no row at the start.
struct Recovering {
  std::uint64_t done = 0;
  std::uint64_t all = 0;
};

/// Any thread. Sentences of errors may contain paths.
class Gauges {
 public:
  virtual ~Gauges() = default;

  /// Number and size of the instances, also of those that are still to be read again.
  virtual Depth depth() const = 0;
  /// Nullopt if all were read again, or there were none.
  virtual std::optional<Recovering> recovering() const = 0;
  /// Fill level: of the limit or of the free space above the reserve, the higher one. 0 is empty; from refuse_fill on
  /// no new instance is accepted.
  virtual double fill() const = 0;
  /// Whether instances can be accepted. Errors: full, unavailable (its volume is not mounted).
  virtual Result<> intake() const = 0;
  /// As intake(), and also writes and syncs a small file and a row. Errors: as intake().
  virtual Result<> probe() = 0;
  /// A random id, created with the directory. Leases are held in its name.
  virtual const std::string& replica_id() const = 0;
  virtual const std::filesystem::path& directory() const = 0;
};

}  // namespace dmw::inbox
