// Gauges: how the inbox is, for our own people.
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

/// Instances of the spool that had no row at the start: how many of them have been read again.
struct Recovering {
  std::uint64_t done = 0;
  std::uint64_t all = 0;
};

/// Any thread. Errors may have paths in them.
class Gauges {
 public:
  virtual ~Gauges() = default;

  /// With those that are still to be read again.
  virtual Depth depth() const = 0;
  /// Nothing when all of them have been read again, or there were none.
  virtual std::optional<Recovering> recovering() const = 0;
  /// Of the limit or of the room above the reserve, whichever is nearer to its end: 0 empty; from refuse_fill on
  /// nothing new is let in.
  virtual double fill() const = 0;
  /// May anything come in? Errors: full, unavailable (its volume is not mounted).
  virtual Result<> intake() const = 0;
  /// As intake(), and tries: writes and syncs a small file, and a row. Errors: as intake().
  virtual Result<> probe() = 0;
  /// Random, made with the directory: who holds leases in the name of this volume.
  virtual const std::string& replica_id() const = 0;
  virtual const std::filesystem::path& directory() const = 0;
};

}  // namespace dmw::inbox
