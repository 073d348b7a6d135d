#include "sources/orthanc/yield.h"

#include "base/format.h"

namespace dmw::sources {
namespace {

constexpr int failures_told = 3;

}  // namespace

void Yield::came(Of what) {
  const std::scoped_lock lock(mutex_);
  of(what) = {};
}

void Yield::failed(Of what, const std::string& id, const Error& why) {
  const std::scoped_lock lock(mutex_);
  Streak& streak = of(what);
  const Monotonic now = clock_.monotonic();
  if (streak.failures > 0 && now - streak.last >= patience_.forgotten_after) streak = {};
  if (streak.failures == 0) {
    streak.id = id;
    streak.since = clock_.now();
    streak.began = now;
  }
  ++streak.failures;
  streak.of_several |= id != streak.id;
  streak.why = why.message();
  streak.last = now;
}

bool Yield::is_told(const Streak& streak) const {
  const Monotonic now = clock_.monotonic();
  return streak.failures >= failures_told && now - streak.began >= patience_.told_after &&
         now - streak.last < patience_.forgotten_after;
}

std::optional<Yield::Nothing> Yield::nothing() const {
  const std::scoped_lock lock(mutex_);
  for (const Of what : {Of::lists, Of::files}) {
    const Streak& streak = streaks_.at(static_cast<std::size_t>(what));
    if (!is_told(streak)) continue;
    const bool is_file = what == Of::files;
    const std::string subject =
        streak.of_several ? (is_file ? "it delivers no file" : "it lists no study")
                          : format("it does not deliver the {} {}", is_file ? "file of" : "list of", streak.id);
    return Nothing{streak.since,
                   format("{}: the last {} tries failed, the last one with: {}", subject, streak.failures, streak.why)};
  }
  return std::nullopt;
}

}  // namespace dmw::sources
