#include "sources/folder/outcome_desk.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace dmw::sources {
namespace {

constexpr std::chrono::milliseconds deadline_interval{500};

}  // namespace

struct OutcomeDesk::Waiting {
  Expected expected;
  Monotonic until{};
  bool twin = false;  // of one that waits already: only one of them is new

  bool is_twin_of(const Expected& other) const {
    return other.dataset && expected.dataset && other.session == expected.session &&
           other.dataset->dataset_sha256 == expected.dataset->dataset_sha256;
  }
};

/// What the callbacks of the inbox hold on to.
struct OutcomeDesk::Floor {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t last_number = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting;
  std::vector<Waiting> finished;
  bool stopping = false;

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
      if (!stopping && at->second.until > now) {
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
  const bool twin =
      std::ranges::any_of(floor_->waiting, [&](const auto& one) { return one.second.is_twin_of(expected); }) ||
      std::ranges::any_of(floor_->finished, [&](const Waiting& one) { return one.is_twin_of(expected); });
  floor_->waiting.emplace(number, Waiting{std::move(expected), clock_.monotonic() + patience_, twin});
  return {number, [floor = floor_, number] { floor->finish(number); }};
}

void OutcomeDesk::drop(const Ticket& ticket) {
  const std::lock_guard lock(floor_->mutex);
  floor_->waiting.erase(ticket.number);
}

void OutcomeDesk::run() {
  for (bool stopping = false; !stopping;) {
    std::vector<Waiting> finished;
    std::vector<Waiting> overdue;
    {
      std::unique_lock lock(floor_->mutex);
      floor_->changed.wait_for(lock, deadline_interval,
                               [this] { return floor_->stopping || !floor_->finished.empty(); });
      stopping = floor_->stopping;
      finished = std::exchange(floor_->finished, {});
      overdue = floor_->take_overdue(clock_.monotonic());
    }
    for (const Waiting& late : overdue) late.expected.told(Outcome::kept);
    if (!finished.empty()) tell(std::move(finished));
  }
}

void OutcomeDesk::tell(std::vector<Waiting> finished) {
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
