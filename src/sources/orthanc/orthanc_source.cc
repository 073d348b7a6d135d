#include "sources/orthanc/orthanc_source.h"

#include "base/format.h"
#include "base/log.h"
#include "catalog/leaders.h"
#include "sources/orthanc/outage.h"

namespace dmw::sources {

OrthancSource::OrthancSource(OrthancOptions options, const Surroundings& rooms)
    : options_(std::move(options)),
      rooms_(rooms),
      role_("poller/" + options_.name),
      puller_(options_, rooms, [this] { watch_.nudge(); }),
      trigger_(options_.name, rooms.catalog, [this] { puller_.nudge(); }),
      client_(options_.client()),
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
                Result<OrthancSystem> system = client_.system(probing(options_));
                if (system) return {};
                return as_outage(std::move(system).error());
              }}) {}

OrthancSource::~OrthancSource() {
  stop(std::chrono::milliseconds(0));
}

void OrthancSource::start() {
  started_ = true;
  puller_.start();
  watch_.start();
}

void OrthancSource::stop(std::chrono::milliseconds patience) {
  const Monotonic until = rooms_.clock.monotonic() + patience;
  trigger_.stop();
  if (!started_) return;
  started_ = false;
  watch_.stop();
  puller_.stop(std::chrono::floor<std::chrono::milliseconds>(until - rooms_.clock.monotonic()));
  if (!leading_.exchange(false)) return;
  const Result<> resigned = catalog::resign(rooms_.catalog, role_, rooms_.inbox.replica_id());
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

OrthancState OrthancSource::state() const {
  OrthancState state{.leading = leading_, .lag_changes = poller_.lag(), .requests_in_flight = puller_.in_flight()};
  state.unnoted = puller_.aside().state();
  if (leading_) state.comparison = reconciler_.comparison();
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
  return OrthancClient(options).size(call);
}

Result<bool> OrthancSource::watch() {
  if (!puller_.caught_up() || !TRY(lead())) return false;
  Result<bool> more = follow();
  if (more) return more;
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
      TRY(catalog::lead(rooms_.catalog, role_, rooms_.inbox.replica_id(), options_.leader_lease, epoch_));
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
