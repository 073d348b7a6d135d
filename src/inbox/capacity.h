// How full an inbox is: what it holds, its own limit, and the free space that must stay on its disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

#include "base/clock.h"
#include "base/result.h"

namespace dmw::inbox {

/// Any thread.
class Capacity {
 public:
  /// 0: no limit, no reserve.
  Capacity(std::filesystem::path directory, std::uint64_t limit_bytes, std::uint64_t reserve_bytes, const Clock& clock);

  /// May an instance of `bytes` (0: not known yet) come in? Errors: full, with the setting that says so.
  Result<> admit(std::uint64_t bytes) const;
  void add(std::uint64_t items, std::uint64_t bytes);
  void remove(std::uint64_t items, std::uint64_t bytes);

  std::uint64_t items() const;
  std::uint64_t bytes() const;
  /// Of the limit or of the room above the reserve, whichever is nearer to its end.
  double fill() const;

 private:
  /// Asked from the disk at most once a second.
  std::uint64_t free_on_disk() const;

  const std::filesystem::path directory_;
  const std::uint64_t limit_bytes_;
  const std::uint64_t reserve_bytes_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t items_ = 0;
  std::uint64_t bytes_ = 0;
  mutable bool sampled_ = false;
  mutable Monotonic sampled_at_;
  mutable std::uint64_t free_bytes_ = 0;
};

}  // namespace dmw::inbox
