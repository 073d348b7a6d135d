#include "events/relay.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "base/stage_timer.h"

namespace dmw::events {
namespace {

/// Interval of attempts to renew the lease after a failure.
constexpr std::chrono::seconds ask_lease_again{1};

}  // namespace

Relay::Relay(db::Database& database, EventSink& sink, const Clock& clock, Options options)
    : database_(database),
      sink_(sink),
      clock_(clock),
      options_(std::move(options)),
      worker_({.name = "relay " + options_.sink.name,
               .interval = options_.interval,
               .pass = [this] { return pass(); },
               .probe = [this] { return probe(); },
               .rest_most = options_.rest_most},
              clock) {
  ASSERT(!options_.give_up_after || !options_.sink.is_required);
  if (options_.give_up_after) patience_.emplace(*options_.give_up_after);
}

Relay::~Relay() {
  stop();
}

void Relay::start() {
  worker_.start();
}

void Relay::nudge() {
  worker_.nudge();
}

void Relay::end_within(std::chrono::milliseconds patience) {
  const std::scoped_lock lock(mutex_);
  if (!end_by_) end_by_ = clock_.monotonic() + patience;
}

void Relay::stop(std::chrono::milliseconds patience) {
  end_within(patience);
  worker_.stop();
  if (!lease_) return;
  lease_.reset();
  // If the lease cannot be given up, it expires.
  if (const Result<> released = catalog::release_sink(database_, options_.sink.name, options_.holder); !released) {
    log::warning({"lease_not_released", options_.sink.name}, released.error().message(),
                 {{"sink", options_.sink.name}});
  }
}

Result<bool> Relay::pass() {
  const Result<bool> passed = [this]() -> Result<bool> {
    if (!TRY(hold_lease())) {
      forget_outage();
      tell(State::Kind::standby, "another replica publishes");
      return false;
    }
    TRY(remember_published());
    catalog::TopicWindow window =
        TRY(catalog::read_topic_after(database_, options_.sink.topic, lease_->position, options_.window));
    const bool more = window.more;
    if (window.events.empty()) {
      TRY(pass_over(window));
      TRY(look_at_idle_sink());
    } else {
      if (!TRY(publish(std::move(window)))) return true;
    }
    sink_is_back();
    tell(State::Kind::running);
    return more;
  }();
  if (passed) return passed;
  if (passed.error().code == Errc::cancelled) return false;
  if (passed.error().code == Errc::stale) {
    log::warning({"lease_lost", options_.sink.name}, passed.error().message(), {{"sink", options_.sink.name}});
    lease_.reset();
    forget_outage();
    tell(State::Kind::standby, passed.error().message());
    return true;
  }
  if (passed.error().code == Errc::gone) lease_.reset();  // the next lease continues at the beginning of the log
  renewed_.reset();                                       // after an outage it may be another database
  // The database works but refuses to save the position of the sink, so nothing more can be published.
  if (db::may_be_of_rows(passed.error()) && passed.error().code != Errc::gone) position_is_refused(passed.error());
  tell(State::Kind::paused, passed.error().message());
  return passed;
}

Result<bool> Relay::hold_lease() {
  const Monotonic now = clock_.monotonic();
  if (lease_ && renewed_ && now - *renewed_ < options_.renewal) return true;
  const std::optional<std::int64_t> epoch = lease_ ? std::optional(lease_->epoch) : std::nullopt;
  lease_ = TRY(catalog::take_sink(database_, options_.sink, options_.holder, options_.lease, epoch));
  renewed_ = now;
  if (lease_) ahead_.erase(ahead_.begin(), ahead_.upper_bound(lease_->position));
  if (lease_ && lease_->passed_over > 0) {
    if (options_.passed_over != nullptr) options_.passed_over->add(static_cast<double>(lease_->passed_over));
    log::warning({"sink_begins_late", options_.sink.name},
                 format("continues with the first event in the log, {}; {} earlier ones no longer exist",
                        lease_->position + 1, lease_->passed_over),
                 {{"sink", options_.sink.name}, {"position", lease_->position}, {"passed_over", lease_->passed_over}});
  }
  TRY(look_at_head());
  return lease_.has_value();
}

std::vector<Result<>> Relay::ask_sink(const std::vector<Event>& events) {
  if (events.empty()) return {};
  given_at_ = clock_.monotonic();
  const auto wait = [this](const std::optional<Error>& slow) { return wait_on(slow); };
  if (options_.publish_seconds == nullptr) return sink_.publish(events, wait);
  const StageTimer timer(*options_.publish_seconds);
  return sink_.publish(events, wait);
}

/// Waits for the sink without a limit: it may have the events, and a second attempt could store them twice. The wait
/// ends only without the lease, when the program stops, or when the sink is given up for the first event of the window.
bool Relay::wait_on(const std::optional<Error>& slow) {
  if (given_up_ || too_slow_) return false;
  if (is_to_end()) {
    given_up_ = Error{Errc::cancelled, "the program ends", {}};
  } else if (const Result<> kept = keep_lease(); !kept) {
    given_up_ = kept.error();
  } else if (slow) {
    sink_is_slow(*slow);
    if (is_overdue(lease_->position + 1)) too_slow_ = slow;
    return !too_slow_;
  }
  if (!given_up_) return true;
  log::warning({"window_given_up", options_.sink.name},
               format("events without an acknowledgement are published again, with the same event ids: {}",
                      given_up_->message()),
               {{"sink", options_.sink.name}, {"position", lease_->position}});
  return false;
}

/// Renews the lease during the wait for a window. Errors: stale; those of the catalog, after the lease has expired.
Result<> Relay::keep_lease() {
  const Monotonic now = clock_.monotonic();
  if (now - *renewed_ < options_.renewal || now - asked_lease_ < ask_lease_again) return {};
  asked_lease_ = now;
  const Result<std::optional<catalog::Lease>> taken =
      catalog::take_sink(database_, options_.sink, options_.holder, options_.lease, lease_->epoch);
  if (!taken) return now - *renewed_ < options_.lease ? Result<>() : std::unexpected(taken.error());
  if (!*taken || (*taken)->epoch != lease_->epoch)
    return fail(Errc::stale, "another process publishes to " + options_.sink.name + " now");
  renewed_ = now;
  static_cast<void>(look_at_head());  // on an error the number of the last successful count stays
  return {};
}

bool Relay::is_to_end() const {
  const std::scoped_lock lock(mutex_);
  return end_by_ && clock_.monotonic() >= *end_by_;
}

bool Relay::is_ahead(std::int64_t position, const Uuid& event_id) const {
  const auto found = ahead_.find(position);
  return found != ahead_.end() && found->second == event_id;
}

/// Publishes the window. Events that the sink has accepted are not sent again if others of the window fail. Returns
/// false if events of the window were skipped, so that the following ones may be tried at once.
Result<bool> Relay::publish(catalog::TopicWindow window) {
  too_slow_.reset();
  std::vector<Published> order;
  for (const Event& event : window.events) order.push_back({event.position, event.event_id});
  std::erase_if(window.events, [this](const Event& event) { return is_ahead(event.position, event.event_id); });
  given_up_.reset();
  const std::vector<Result<>> results = ask_sink(window.events);
  ASSERT(results.size() == window.events.size());
  for (std::size_t n = 0; n < results.size(); ++n) {
    if (results[n]) ahead_[window.events[n].position] = window.events[n].event_id;
  }
  crash_point("relay.after_publish");
  const auto missing =
      std::ranges::find_if(order, [this](const Published& one) { return !is_ahead(one.position, one.event_id); });
  const bool has_all = missing == order.end();
  const std::int64_t position = has_all ? window.up_to : missing->position - 1;
  const std::int64_t published = missing - order.begin();
  if (published > 0) published_ = *std::prev(missing);
  if (position > lease_->position) {
    TRY(advance(position, published));
    crash_point("relay.after_advance");
  }
  if (outage_) outage_->published += published;
  const Result<> looked = !has_all || window.more ? look_at_head() : Result<>();
  if (given_up_) return std::unexpected(*given_up_);
  if (!has_all) {
    if (options_.refusals != nullptr) options_.refusals->add();
    const auto failed = std::ranges::find_if(results, [](const Result<>& result) { return !result; });
    const Error why = too_slow_.value_or(failed->error());
    const Error away = sink_is_away(why);
    if (TRY(give_up_refused(window, missing->position, why))) return false;
    return std::unexpected(away);
  }
  TRY(looked);
  heard_ = clock_.monotonic();
  return true;
}

Result<> Relay::pass_over(const catalog::TopicWindow& window) {
  if (window.up_to == lease_->position) return {};
  const Monotonic now = clock_.monotonic();
  if (!window.more && passed_over_ && now - *passed_over_ < options_.pass_over) return {};
  passed_over_ = now;
  return advance(window.up_to, 0);
}

/// Events that the sink has, but whose position could not be saved, are not published again, unless the catalog was
/// restored to an earlier state (a restore or a failover): then other events have these positions.
Result<> Relay::remember_published() {
  if (!published_ || published_->position <= lease_->position) return {};
  const Result<std::vector<Event>> there = catalog::read_after(database_, published_->position - 1, 1);
  if (!there && there.error().code != Errc::gone) return std::unexpected(there.error());
  if (there && !there->empty() && there->front().event_id == published_->event_id) {
    TRY(advance(published_->position, 0));
    return look_at_head();
  }
  log::warning({"catalog_went_back", options_.sink.name},
               format("has events up to {}, and the catalog is older: publishing continues after event {}",
                      published_->position, lease_->position),
               {{"sink", options_.sink.name}, {"position", lease_->position}, {"published", published_->position}});
  published_.reset();
  return {};
}

/// Saves the position. `published`: the number of events of our topic up to it that were not counted yet.
Result<> Relay::advance(std::int64_t position, std::int64_t published) {
  TRY(catalog::advance_sink(database_, options_.sink.name, lease_->epoch, position, options_.lease));
  moved_to(position, published);
  return {};
}

/// The position has moved over `events` events of our topic that were not counted yet.
void Relay::moved_to(std::int64_t position, std::int64_t events) {
  lease_->position = position;
  renewed_ = clock_.monotonic();
  ahead_.erase(ahead_.begin(), ahead_.upper_bound(position));
  {
    const std::scoped_lock lock(mutex_);
    state_.lag = std::max<std::int64_t>(0, state_.lag - events);
    state_.position = position;
  }
  if (options_.on_advanced) options_.on_advanced(position);
}

Result<> Relay::look_at_head() {
  const std::int64_t position = lease_ ? lease_->position : state().position;
  const catalog::Backlog waiting = TRY(catalog::backlog(database_, options_.sink.topic, position));
  const std::scoped_lock lock(mutex_);
  state_.position = position;
  state_.lag = waiting.events;
  return {};
}

/// An idle sink is probed too, so that an outage is visible before the next event.
Result<> Relay::look_at_idle_sink() {
  if (heard_ && clock_.monotonic() - *heard_ < options_.idle_probe) return {};
  return probe();
}

// New events are written while the sink is not reachable, so they are counted here, too.
Result<> Relay::probe() {
  TRY(look_at_head());
  if (Result<> probed = sink_.probe(); !probed) {
    tell(State::Kind::paused, probed.error().message());
    const Error away = sink_is_away(std::move(probed.error()));
    TRY(give_up_overdue(away));
    return std::unexpected(away);
  }
  heard_ = clock_.monotonic();
  return {};
}

}  // namespace dmw::events
