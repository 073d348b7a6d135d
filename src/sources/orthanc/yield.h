// Yield: notices a source that answers but delivers nothing. A rule of a proxy, a missing right or a missing disk may
// affect all files, or all lists, while `/system` still answers.
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
    std::chrono::milliseconds told_after;       // time after the first of several failures in a row
    std::chrono::milliseconds forgotten_after;  // time after the last failure, if nothing is requested any more
  };
  /// `clock` outlives it.
  Yield(const Clock& clock, Patience patience) : clock_(clock), patience_(patience) {}

  void came(Of what);
  /// `id`: the study or series whose list failed, or the instance whose file failed.
  void failed(Of what, const std::string& id, const Error& why);

  struct Nothing {
    MicrosUtc since = 0;  // of the first failure after the last success
    std::string reason;
  };
  /// Set while nothing of one kind is delivered: at least three attempts in a row have failed.
  std::optional<Nothing> nothing() const;

 private:
  /// Failures without a success between them.
  struct Streak {
    int failures = 0;
    bool of_several = false;
    std::string id;   // id of the first failure
    std::string why;  // reason of the last failure
    MicrosUtc since = 0;
    Monotonic began;
    Monotonic last;
  };
  Streak& of(Of what) { return streaks_.at(static_cast<std::size_t>(what)); }
  bool is_told(const Streak& streak) const;

  const Clock& clock_;
  const Patience patience_;
  mutable std::mutex mutex_;  // guards the members below
  std::array<Streak, 2> streaks_;
};

}  // namespace dmw::sources
