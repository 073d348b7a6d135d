#include "app/intake_watch.h"

#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"
#include "inbox/fill.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

/// A probe with a write needs a flush of the disk.
constexpr int looks_a_try = 5;
/// Time after which a silent disk is reported; it may only be slow.
constexpr std::chrono::seconds told_silence{5};
/// A slow disk answers within this time.
constexpr std::chrono::seconds probe_silence_most{30};

}  // namespace

IntakeWatch::IntakeWatch(inbox::Gauges& inbox, const Clock& clock, std::function<void()> measure,
                         std::function<std::vector<std::string>()> stranded)
    : Part({.name = "inbox", .kind = PartKind::watch}),
      inbox_(inbox),
      clock_(clock),
      measure_(std::move(measure)),
      stranded_(std::move(stranded)),
      worker_({.name = "intake",
               .interval = 1s,
               .pass = [this]() -> Result<bool> {
                 look();
                 return false;
               },
               .probe = {}},
              clock) {}

Result<> IntakeWatch::start() {
  worker_.start();
  return {};
}

void IntakeWatch::stop(std::chrono::milliseconds /*patience*/) {
  worker_.stop();
}

PartState IntakeWatch::state() const {
  return inbox_state({inbox_.fill(), inbox_.recovering(), worker_.state().busy, stranded_()}, refusal());
}

std::optional<PartState> IntakeWatch::state_for_log() const {
  PartState inbox = state();
  if (inbox.state == PartState::State::down) return std::nullopt;
  return inbox;
}

void IntakeWatch::look() {
  measure_();
  bool tries = false;
  {
    const std::scoped_lock lock(mutex_);
    tries = tried_in_vain_ || looks_++ % looks_a_try == 0;
  }
  const Result<> can = tries ? inbox_.probe() : inbox_.intake();
  const std::scoped_lock lock(mutex_);
  if (tries) tried_in_vain_ = !can;
  note(can);
}

std::optional<IntakeWatch::Refusal> IntakeWatch::refusal() const {
  const Result<> can = inbox_.intake();
  const std::chrono::milliseconds busy = worker_.state().busy;
  const std::scoped_lock lock(mutex_);
  if (busy >= probe_silence_most)
    return Refusal{"the disk of the inbox does not respond", clock_.now() - std::chrono::microseconds(busy).count()};
  // A failure that only a write can show stays until the next write.
  if (can && tried_in_vain_) return refusal_;
  return note(can);
}

std::optional<IntakeWatch::Refusal> IntakeWatch::note(const Result<>& can) const {
  if (can) {
    if (refusal_) {
      const std::chrono::microseconds stopped(clock_.now() - refusal_->since);
      log::info("intake_resumed",
                "files are accepted again after " + in_words(std::chrono::floor<std::chrono::seconds>(stopped)),
                {{"stopped_us", stopped.count()}});
    }
    told_.clear();
    refusal_.reset();
    return refusal_;
  }
  const bool first = !refusal_;
  refusal_ = Refusal{can.error().message(), first ? clock_.now() : refusal_->since};
  if (told_.is_new(refusal_->reason))
    log::warning("intake_stopped",
                 (first ? "no file is accepted: " : "files are still refused, now because: ") + refusal_->reason);
  return refusal_;
}

PartState inbox_state(const IntakeState& intake, const std::optional<IntakeWatch::Refusal>& refusal) {
  PartState inbox{.name = "inbox"};
  if (refusal) {
    inbox.state = PartState::State::down;
    inbox.reason = refusal->reason;
    inbox.since = refusal->since;
  } else if (intake.fill >= inbox::pull_fill_max) {
    inbox.state = PartState::State::degraded;
    inbox.reason = format("{:.0f} % full: fetching stops until it is emptier", intake.fill * 100);
  }
  if (!refusal && intake.silent >= told_silence) {
    inbox.state = PartState::State::degraded;
    inbox.add_cause(format("the disk of the inbox has not responded for {} s; waiting for it", told_silence.count()));
  }
  if (const auto& again = intake.recovering) {
    inbox.add_cause(format("{} of {} instances of the spool have been read again",
                           grouped(static_cast<std::int64_t>(again->done)),
                           grouped(static_cast<std::int64_t>(again->all))));
  }
  for (const std::string& directory : intake.stranded) {
    if (inbox.state == PartState::State::ok) inbox.state = PartState::State::degraded;
    inbox.add_cause("inbox_stranded: " + directory);
  }
  return inbox;
}

}  // namespace dmw::app
