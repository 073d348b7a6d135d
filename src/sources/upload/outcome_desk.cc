#include "sources/upload/outcome_desk.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace dmw::sources {
namespace {

constexpr std::chrono::milliseconds deadline_interval{500};

}  // namespace

struct OutcomeDesk::Waiting {
  Expected expected;
  std::optional<Monotonic> until{};  // end of its patience, set when it is on disk
  bool twin = false;                 // an equal one waits already, so only one of them is new

  bool is_twin_of(const Expected& other) const {
    return other.dataset && expected.dataset && other.session == expected.session &&
           other.dataset->dataset_sha256 == expected.dataset->dataset_sha256;
  }
};

/// The state that the callbacks of the inbox share.
struct OutcomeDesk::Floor {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t last_number = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting;
  std::vector<Waiting> finished;
  std::vector<Waiting> telling;  // changed only by the thread of the desk, which reads it without the lock
  bool stopping = false;

  bool has_twin_of(const Expected& expected) const {
    const auto is_twin = [&](const Waiting& one) { return one.is_twin_of(expected); };
    return std::ranges::any_of(waiting, [&](const auto& one) { return is_twin(one.second); }) ||
           std::ranges::any_of(finished, is_twin) || std::ranges::any_of(telling, is_twin);
  }

  void finish(std::uint64_t number) {
    const std::lock_guard lock(mutex);
    if (auto found = waiting.extract(number)) {
      finished.push_back(std::move(found.mapped()));
      changed.notify_one();
    }
  }
  std::vector<Waiting> take_overdue(Monotonic now) {
    std::vector<Waiting> overdue;
    for (auto at = waiting.begin(); at != waiting.end();) {
      const std::optional<Monotonic> until = at->second.until;
      if (!until || (!stopping && *until > now)) {
        ++at;
        continue;
      }
      overdue.push_back(std::move(at->second));
      at = waiting.erase(at);
    }
    return overdue;
  }
};

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::added:
      return "new";
    case Outcome::same:
      return "same";
    case Outcome::set_aside:
      return "set_aside";
    case Outcome::kept:
      return "kept";
  }
  return "kept";
}

OutcomeDesk::OutcomeDesk(db::Database& catalog, const Clock& clock, std::chrono::milliseconds patience)
    : catalog_(catalog), clock_(clock), patience_(patience), floor_(std::make_shared<Floor>()), thread_([this] {
        run();
      }) {}

OutcomeDesk::~OutcomeDesk() {
  const std::lock_guard lock(floor_->mutex);
  floor_->stopping = true;
  floor_->changed.notify_one();
}

OutcomeDesk::Ticket OutcomeDesk::expect(Expected expected) {
  const std::lock_guard lock(floor_->mutex);
  const std::uint64_t number = ++floor_->last_number;
  const bool twin = floor_->has_twin_of(expected);
  floor_->waiting.emplace(number, Waiting{std::move(expected), std::nullopt, twin});
  return {number, [floor = floor_, number] { floor->finish(number); }};
}

void OutcomeDesk::kept(const Ticket& ticket) {
  const std::lock_guard lock(floor_->mutex);
  const auto waiting = floor_->waiting.find(ticket.number);
  if (waiting != floor_->waiting.end()) waiting->second.until = clock_.monotonic() + patience_;
}

void OutcomeDesk::drop(const Ticket& ticket) {
  const std::lock_guard lock(floor_->mutex);
  floor_->waiting.erase(ticket.number);
}

void OutcomeDesk::run() {
  for (bool stopping = false; !stopping;) {
    std::vector<Waiting> told;
    std::vector<Waiting> overdue;
    {
      std::unique_lock lock(floor_->mutex);
      floor_->changed.wait_for(lock, deadline_interval,
                               [this] { return floor_->stopping || !floor_->finished.empty(); });
      stopping = floor_->stopping;
      floor_->telling = std::exchange(floor_->finished, {});
      overdue = floor_->take_overdue(clock_.monotonic());
    }
    for (const Waiting& late : overdue) late.expected.told(Outcome::kept);
    tell(floor_->telling);
    const std::lock_guard lock(floor_->mutex);
    told.swap(floor_->telling);
  }
}

void OutcomeDesk::tell(const std::vector<Waiting>& finished) {
  std::vector<catalog::DatasetName> datasets;
  for (const Waiting& one : finished) {
    if (one.expected.dataset) datasets.push_back(*one.expected.dataset);
  }
  const auto sessions =
      datasets.empty() ? std::vector<std::optional<SessionId>>() : catalog::first_sessions(catalog_, datasets);
  if (!sessions) log::warning("outcome_unknown", sessions.error().message());
  std::size_t at = 0;
  for (const Waiting& one : finished) {
    Outcome outcome = Outcome::set_aside;
    if (one.expected.dataset && !sessions) {
      outcome = Outcome::kept;
    } else if (one.expected.dataset) {
      const std::optional<SessionId>& first = (*sessions)[at++];
      if (first) outcome = *first == one.expected.session && !one.twin ? Outcome::added : Outcome::same;
    }
    one.expected.told(outcome);
  }
}

}  // namespace dmw::sources
