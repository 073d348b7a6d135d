// Yield: whether anything comes of a source that answers. A rule of a proxy, a right that is missing or a disk that is
// away may keep back all its files, or all its lists, while `/system` answers.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace dmw::sources {

/// Any thread.
class Yield {
 public:
  enum class Of { lists, files };
  struct Patience {
    std::chrono::milliseconds told_after;       // of the first of some failures in a row
    std::chrono::milliseconds forgotten_after;  // of the last one: nothing is asked for any more
  };
  /// `clock` outlives it.
  Yield(const Clock& clock, Patience patience) : clock_(clock), patience_(patience) {}

  void came(Of what);
  /// `id`: the study or series whose list did not come, or the instance whose file did not.
  void failed(Of what, const std::string& id, const Error& why);

  struct Nothing {
    MicrosUtc since = 0;  // of the first failure after the last success
    std::string reason;
  };
  /// While nothing of one kind comes: at least three tries failed, one after the other, and none succeeded.
  std::optional<Nothing> nothing() const;

 private:
  /// Failures with no success between them.
  struct Streak {
    int failures = 0;
    bool of_several = false;
    std::string id;   // of the first
    std::string why;  // of the last
    MicrosUtc since = 0;
    Monotonic began;
    Monotonic last;
  };
  Streak& of(Of what) { return streaks_.at(static_cast<std::size_t>(what)); }
  bool is_told(const Streak& streak) const;

  const Clock& clock_;
  const Patience patience_;
  mutable std::mutex mutex_;  // guards what follows
  std::array<Streak, 2> streaks_;
};

}  // namespace dmw::sources
