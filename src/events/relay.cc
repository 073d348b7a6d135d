#include "events/relay.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "base/stage_timer.h"
#include "catalog/event_log.h"

namespace dmw::events {
namespace {

std::string in_words(std::chrono::seconds time) {
  using namespace std::chrono;
  if (time < 2min) return format("{} s", time.count());
  if (time < 2h) return format("{} min", floor<minutes>(time).count());
  return format("{} h", floor<hours>(time).count());
}

/// Whether it may have been the bytes that ended a window: a body is much smaller than half of them.
bool was_cut(const std::vector<Event>& events) {
  std::size_t bytes = 0;
  for (const Event& event : events) bytes += event.body.size();
  return bytes > catalog::read_bytes_max / 2;
}

}  // namespace

Relay::Relay(db::Database& database, EventSink& sink, const Clock& clock, Options options)
    : database_(database),
      sink_(sink),
      clock_(clock),
      options_(std::move(options)),
      worker_({.name = "relay " + options_.sink,
               .interval = options_.interval,
               .pass = [this] { return pass(); },
               .probe = [this] { return probe(); },
               .has_told = [this] { return outage_.has_value(); },
               .rest_most = options_.rest_most}) {}

Relay::~Relay() {
  stop();
}

void Relay::start() {
  worker_.start();
}

void Relay::nudge() {
  worker_.nudge();
}

void Relay::stop() {
  worker_.stop();
  if (!lease_) return;
  lease_.reset();
  // If it cannot be given up, it runs out.
  if (const Result<> released = catalog::release_sink(database_, options_.sink, options_.holder); !released) {
    log::warning("lease_not_released", released.error().message(), {{"sink", options_.sink}});
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
    const std::vector<Event> events = TRY(catalog::read_after(database_, lease_->position, options_.window));
    if (events.empty()) {
      TRY(look_at_idle_sink());
    } else {
      TRY(publish(events));
    }
    sink_is_back();
    tell(State::Kind::running);
    return events.size() == options_.window || was_cut(events);
  }();
  if (passed) return passed;
  if (passed.error().code == Errc::stale) {
    log::warning("lease_lost", passed.error().message(), {{"sink", options_.sink}});
    lease_.reset();
    forget_outage();
    tell(State::Kind::standby, passed.error().message());
    return true;
  }
  if (passed.error().code == Errc::gone) lease_.reset();  // taken anew, it goes on where the log begins
  renewed_.reset();                                       // a database that was away may be another one now
  tell(State::Kind::paused, passed.error().message());
  return passed;
}

Result<bool> Relay::hold_lease() {
  const Monotonic now = clock_.monotonic();
  if (lease_ && renewed_ && now - *renewed_ < options_.renewal) return true;
  const std::optional<std::int64_t> epoch = lease_ ? std::optional(lease_->epoch) : std::nullopt;
  lease_ = TRY(catalog::take_sink(database_, options_.sink, options_.holder, options_.lease, epoch));
  renewed_ = now;
  if (lease_ && lease_->passed_over > 0) {
    log::warning("sink_begins_late", "the sink goes on with the first event that is kept",
                 {{"sink", options_.sink}, {"position", lease_->position}, {"passed_over", lease_->passed_over}});
  }
  TRY(look_at_head());
  return lease_.has_value();
}

std::vector<Result<>> Relay::ask_sink(const std::vector<Event>& events) {
  if (options_.publish_seconds == nullptr) return sink_.publish(events);
  const StageTimer timer(*options_.publish_seconds);
  return sink_.publish(events);
}

Result<> Relay::publish(const std::vector<Event>& events) {
  const std::vector<Result<>> results = ask_sink(events);
  ASSERT(results.size() == events.size());
  const auto failed = std::ranges::find_if(results, [](const Result<>& result) { return !result; });
  const auto published = static_cast<std::size_t>(failed - results.begin());
  crash_point("relay.after_publish");
  if (published > 0) {
    const Event& last = events[published - 1];
    published_ = {last.position, last.event_id};
    TRY(advance(last.position));
    if (outage_) outage_->published += static_cast<std::int64_t>(published);
    crash_point("relay.after_advance");
  }
  const Result<> looked = failed != results.end() || events.size() == options_.window ? look_at_head() : Result<>();
  if (failed != results.end()) return sink_is_away(failed->error());
  TRY(looked);
  heard_ = clock_.monotonic();
  return {};
}

/// What the catalog could not be told of goes to no sink again; unless the catalog is an older one than that, as after
/// a restore or a failover: then there are other events at these positions.
Result<> Relay::remember_published() {
  if (!published_ || published_->position <= lease_->position) return {};
  const Result<std::vector<Event>> there = catalog::read_after(database_, published_->position - 1, 1);
  if (!there && there.error().code != Errc::gone) return std::unexpected(there.error());
  if (there && !there->empty() && there->front().event_id == published_->event_id) return advance(published_->position);
  log::warning("catalog_went_back", "the catalog is older than what the sink has: it goes on where the catalog is",
               {{"sink", options_.sink}, {"position", lease_->position}, {"published", published_->position}});
  published_.reset();
  return {};
}

Result<> Relay::advance(std::int64_t position) {
  TRY(catalog::advance_sink(database_, options_.sink, lease_->epoch, position, options_.lease));
  lease_->position = position;
  renewed_ = clock_.monotonic();
  {
    const std::scoped_lock lock(mutex_);
    state_.lag = std::max<std::int64_t>(0, state_.lag - (position - state_.position));
    state_.position = position;
  }
  if (options_.on_advanced) options_.on_advanced(position);
  return {};
}

Result<> Relay::look_at_head() {
  const catalog::LogRange range = TRY(catalog::log_range(database_));
  const std::scoped_lock lock(mutex_);
  if (lease_) state_.position = lease_->position;
  state_.lag = std::max<std::int64_t>(0, range.last - state_.position);
  return {};
}

/// Else nobody would learn that it is away before there is something to publish.
Result<> Relay::look_at_idle_sink() {
  if (heard_ && clock_.monotonic() - *heard_ < options_.idle_probe) return {};
  return probe();
}

// Ingest goes on while the sink is away: what waits is still counted.
Result<> Relay::probe() {
  TRY(look_at_head());
  if (Result<> probed = sink_.probe(); !probed) {
    tell(State::Kind::paused, probed.error().message());
    return sink_is_away(std::move(probed.error()));
  }
  heard_ = clock_.monotonic();
  return {};
}

/// Told once, however often it is tried; why a try to publish has failed, the sink has told. Rule 6: whatever a sink
/// says, its events wait.
std::unexpected<Error> Relay::sink_is_away(Error why) {
  why.code = Errc::unavailable;
  std::int64_t waiting = 0;
  {
    const std::scoped_lock lock(mutex_);
    state_.sink_away = {state_.sink_away ? state_.sink_away->since : clock_.now(), why.message()};
    waiting = state_.lag;
  }
  if (outage_) return std::unexpected(std::move(why));
  outage_ = Outage{.since = clock_.monotonic()};
  std::string words = format("away; {} events wait, intake goes on", waiting);
  if (waiting == 1) words = "away; 1 event waits, intake goes on";
  if (waiting == 0) words = format("away, intake goes on: {}", why.message());
  log::warning({"sink_away", options_.sink}, words,
               {{"sink", options_.sink}, {"reason", why.message()}, {"waiting", waiting}});
  return std::unexpected(std::move(why));
}

void Relay::sink_is_back() {
  if (!outage_) return;
  const auto away = std::chrono::duration_cast<std::chrono::seconds>(clock_.monotonic() - outage_->since);
  const std::int64_t waiting = state().lag;
  log::info({"sink_back", options_.sink},
            format("back after {}; {} published{}", in_words(away), outage_->published,
                   waiting > 0 ? format(", {} wait", waiting) : ""),
            {{"sink", options_.sink},
             {"away_seconds", away.count()},
             {"published", outage_->published},
             {"waiting", waiting}});
  forget_outage();
}

void Relay::forget_outage() {
  outage_.reset();
  const std::scoped_lock lock(mutex_);
  state_.sink_away.reset();
}

Relay::State Relay::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

void Relay::tell(State::Kind kind, std::string reason) {
  const std::scoped_lock lock(mutex_);
  state_.kind = kind;
  state_.reason = std::move(reason);
}

}  // namespace dmw::events
