#include "sources/orthanc/orthanc_source.h"

#include <algorithm>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"
#include "catalog/leaders.h"
#include "sources/orthanc/outage.h"

namespace dmw::sources {
namespace {

constexpr std::chrono::milliseconds summary_patience{500};

PartTraits orthanc_traits(const std::string& name) {
  return {.name = name, .kind = PartKind::source, .needs = {"catalog", "inbox"}, .retries = true};
}

/// What is still to come of the studies that it had before; empty once all of it is here.
std::string backfill_of(const Comparison& comparison) {
  if (comparison.incomplete && !comparison.running)
    return "its list of studies was incomplete: every study is compared again";
  if (comparison.running) {
    std::string text = comparison.studies ? format("backfill: {} of {} studies compared", grouped(comparison.compared),
                                                   grouped(*comparison.studies))
                                          : format("backfill: {} studies compared", grouped(comparison.compared));
    if (comparison.waiting > 0) text += format(", {} waiting", grouped(comparison.waiting));
    return text;
  }
  return comparison.waiting > 0 ? format("backfill: all studies compared, {} waiting", grouped(comparison.waiting))
                                : "";
}

}  // namespace

PartState orthanc_state(const std::string& name, const OrthancProgress& progress) {
  PartState state{.name = name};
  if (progress.paused || progress.silent || progress.limited || progress.barren) {
    state.state = PartState::State::degraded;
    state.reason = progress.reason;
    state.since = progress.since;
  } else if (progress.comparison) {
    state.reason = backfill_of(*progress.comparison);
    if (progress.comparison->incomplete) state.state = PartState::State::degraded;
  }
  if (!progress.unnoted) return state;
  state.state = PartState::State::degraded;
  state.add_cause("requests: " + progress.unnoted->reason);
  state.since = std::min(state.since.value_or(progress.unnoted->since), progress.unnoted->since);
  return state;
}

std::unique_ptr<Part> no_orthanc(const std::string& name) {
  return std::make_unique<OffPart>(orthanc_traits(name), "set ORTHANC_URL",
                                   PartSummary{.title = name, .kind = "off", .what = "set ORTHANC_URL"});
}

OrthancSource::OrthancSource(OrthancOptions options, const Surroundings& rooms)
    : Part(orthanc_traits(options.name)),
      options_(std::move(options)),
      rooms_(rooms),
      role_("poller/" + options_.name),
      puller_(options_, rooms, [this] { watch_.nudge(); }),
      trigger_(options_.name, rooms.catalog, [this] { puller_.nudge(); }),
      client_(options_.client(), options_.setting),
      judge_(puller_.judge(client_)),
      reconciler_(
          options_, rooms, client_, [this] { puller_.nudge(); },
          [this](db::Transaction& in) { return confirm_lead(in); }),
      poller_(options_, rooms, client_,
              {.nudge = [this] { puller_.nudge(); },
               .reconcile = [this](std::chrono::milliseconds delay) { compare_again(delay); },
               .fence = [this](db::Transaction& in) { return confirm_lead(in); }}),
      watch_({.name = "watch-" + options_.name,
              .interval = options_.poll_interval,
              .pass = [this] { return watch(); },
              .probe = [this]() -> Result<> {
                TRY(rooms_.catalog.probe());
                Result<OrthancSystem> system = client_.system(probing(options_));
                if (system) return {};
                return as_outage(std::move(system).error());
              }},
             rooms.clock) {
  client_.end_with(ending_.get_token());
  puller_.end_questions_with(ending_.get_token());
}

OrthancSource::~OrthancSource() {
  stop(std::chrono::milliseconds(0));
}

Result<> OrthancSource::start() {
  started_ = true;
  puller_.start();
  watch_.start();
  return {};
}

void OrthancSource::begin_stop(std::chrono::milliseconds /*patience*/) {
  trigger_.stop();
  ending_.request_stop();
}

void OrthancSource::stop(std::chrono::milliseconds patience) {
  const Monotonic until = rooms_.clock.monotonic() + patience;
  begin_stop(patience);
  if (!started_) return;
  started_ = false;
  watch_.stop();
  puller_.stop(std::chrono::floor<std::chrono::milliseconds>(until - rooms_.clock.monotonic()));
  if (!leading_.exchange(false)) return;
  const Result<> resigned = catalog::resign(rooms_.catalog, role_, rooms_.holder);
  // The lease ends by itself.
  if (!resigned)
    log::warning("leader_not_resigned", format("{}: {}", role_, resigned.error().message()), {{"role", role_}});
}

void OrthancSource::change_access(http::Access access) {
  options_.access->set(std::move(access));
  puller_.nudge();
  watch_.nudge();
}

void OrthancSource::reconcile() {
  reconciler_.begin();
  watch_.nudge();
}

PartState OrthancSource::state() const {
  return orthanc_state(name(), progress());
}

std::optional<PartState> OrthancSource::state_for_log() const {
  OrthancProgress seen = progress();
  if (seen.limited) return std::nullopt;
  seen.unnoted.reset();  // each request that waits alone has a line of its own
  return orthanc_state(name(), seen);
}

std::optional<PartSummary> OrthancSource::summary(const SummaryOrder& order) const {
  PartSummary summary{
      .title = name(), .what = options_.address(), .more = "reading its change list; no webhook needed"};
  if (!order.may_ask_peers) return summary;
  if (const Result<OrthancSize> size = this->size(summary_patience)) {
    summary.more =
        format("reading its change list; it has {} {}, {}={}", grouped(size->studies),
               size->studies == 1 ? "study" : "studies", options_.setting("backfill"), options_.backfill.words());
  }
  return summary;
}

OrthancProgress OrthancSource::progress() const {
  OrthancProgress state{.leading = leading_, .requests_in_flight = puller_.in_flight()};
  state.unnoted = puller_.aside().state();
  if (leading_) state.comparison = reconciler_.comparison();
  // Heard of long before a call is given up. It explains a pause, too.
  const std::optional<std::chrono::milliseconds> silence = options_.silence->lasting(rooms_.clock.monotonic());
  if (silence && *silence >= options_.silent_after) {
    state.silent = true;
    state.since = rooms_.clock.now() - std::chrono::microseconds(*silence).count();
    state.reason = http::silent_for(options_.title(), options_.silent_after);
    return state;
  }
  // While it lets less through, what follows its changes is refused too now and then: that is no pause.
  const std::optional<Throttle::Limit> limit = puller_.limit();
  if (limit && puller_.state().well()) {
    state.limited = true;
    state.since = limit->since;
    state.reason = limit->reason;
    return state;
  }
  for (const lane::Worker::State& part : {watch_.state(), puller_.state()}) {
    if (part.well() || (state.paused && state.since <= part.since)) continue;
    state.paused = true;
    state.since = part.since;
    state.reason = part.reason;
  }
  if (state.paused) return state;
  if (const std::optional<Yield::Nothing> nothing = puller_.nothing_comes()) {
    state.barren = true;
    state.since = nothing->since;
    state.reason = nothing->reason;
  }
  return state;
}

void OrthancSource::compare_again(std::chrono::milliseconds delay) {
  if (delay.count() == 0)
    reconciler_.begin();
  else
    reconciler_.begin_after(delay);
}

Result<OrthancSize> OrthancSource::size(std::chrono::milliseconds patience) const {
  http::ClientOptions options = options_.client();
  options.connect_timeout = patience;
  http::CallOptions call;
  call.stall_timeout = patience;
  return OrthancClient(options, options_.setting).size(call);
}

Result<bool> OrthancSource::watch() {
  if (!puller_.caught_up() || !TRY(lead())) return false;
  Result<bool> more = follow();
  if (more) return more;
  if (ending_.stop_requested()) return false;
  if (more.error().code != Errc::stale) return follow_slowly(std::move(more).error());
  // This process was silent for longer than its lease, and another one follows the changes now.
  log::warning("leader_deposed", format("{}: {}", role_, more.error().message()), {{"role", role_}});
  led_at_.reset();
  leading_ = false;
  return false;
}

Result<bool> OrthancSource::follow() {
  if (judge_.asked_to_wait()) return false;
  judge_.begins();
  const bool more_changes = TRY(poller_.pass());
  const bool more_studies = TRY(reconciler_.pass());
  judge_.answered();
  return more_changes || more_studies;
}

Result<bool> OrthancSource::follow_slowly(Error why) {
  if (!judge_.is_limit(why)) return std::unexpected(std::move(why));
  const Result<> there = judge_.limited({});
  if (!there) return as_outage(there.error());
  return false;
}

Result<> OrthancSource::confirm_lead(db::Transaction& transaction) {
  return catalog::require_lead(transaction, role_, epoch_.value_or(-1));
}

Result<bool> OrthancSource::lead() {
  const Monotonic now = rooms_.clock.monotonic();
  if (led_at_ && now - *led_at_ < options_.leader_lease / 3) return leading_.load();
  const std::optional<catalog::Lease> lease =
      TRY(catalog::lead(rooms_.catalog, role_, rooms_.holder, options_.leader_lease, epoch_));
  led_at_ = now;
  if (lease && epoch_ != lease->epoch) {
    // Another may have led in between.
    poller_.forget();
    reconciler_.begin();
  }
  if (lease) epoch_ = lease->epoch;
  leading_ = lease.has_value();
  return leading_.load();
}

}  // namespace dmw::sources
