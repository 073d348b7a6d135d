// What the relay tells of its sink: in the log once, in its state always.
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"
#include "events/relay.h"

namespace dmw::events {
namespace {

std::string they_wait(std::int64_t events) {
  return events == 1 ? std::string("1 event waits") : format("{} events wait", events);
}

/// Whether the sink speaks of one topic: of a whole cluster it says that nobody answers, or lets nobody in.
bool is_of_topic(const Error& why) {
  return why.code != Errc::unavailable && why.code != Errc::unauthorized;
}

}  // namespace

/// Why a try to publish has failed, the sink has told. Whatever a sink says, its events wait.
Error Relay::sink_is_away(Error why) {
  const std::int64_t waiting = note_outage(why, clock_.monotonic());
  const std::string words = waiting == 0 ? format("away, intake goes on: {}", why.message())
                                         : format("away; {}, intake goes on: {}", they_wait(waiting), why.message());
  tell_outage("sink_away", words, why, waiting);
  note_wait();
  why.code = Errc::unavailable;
  return why;
}

/// The window in flight is waited for.
void Relay::sink_is_slow(const Error& why) {
  if (!outage_) static_cast<void>(look_at_head());  // how many wait is told as of the last time it could be counted
  tell(State::Kind::paused, why.message());
  const std::int64_t waiting = note_outage(why, given_at_);
  tell_outage("sink_slow", format("no acknowledgement; {}, intake goes on: {}", they_wait(waiting), why.message()), why,
              waiting);
  note_wait();
}

/// The catalog is there, and does not note how far the sink has got.
void Relay::position_is_refused(const Error& why) {
  const std::int64_t waiting = note_outage(why, clock_.monotonic());
  tell_outage("sink_away",
              format("nothing more is published; {}: the catalog refuses to note what was: {}", they_wait(waiting),
                     why.message()),
              why, waiting);
}

/// Returns how many events wait.
std::int64_t Relay::note_outage(const Error& why, Monotonic since) {
  if (!outage_) outage_ = Outage{.since = since};
  const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(clock_.monotonic() - since);
  const std::scoped_lock lock(mutex_);
  const MicrosUtc began = state_.sink_away ? state_.sink_away->since : clock_.now() - lasted.count();
  state_.sink_away = {.since = began, .reason = why.message(), .is_alone = is_of_topic(why)};
  return state_.lag;
}

/// Each cause once an outage. That a whole cluster is away, the sink tells for which something waits, or that of the
/// studies.
void Relay::tell_outage(const char* event, const std::string& words, const Error& why, std::int64_t waiting) {
  if (options_.sink.topic == Topic::dead_letters && waiting == 0 && !is_of_topic(why)) return;
  if (!outage_->told.is_new(why.message())) return;
  log::warning({event, options_.sink.name}, words,
               {{"sink", options_.sink.name}, {"reason", why.message()}, {"waiting", waiting}});
}

/// Once an outage; how many it were in the end is told when the sink is back.
void Relay::tell_given_up(std::int64_t events) {
  if (!outage_) return;
  const bool is_first = outage_->passed_over == 0;
  outage_->passed_over += events;
  {
    const std::scoped_lock lock(mutex_);
    state_.passed_over = outage_->passed_over;
  }
  if (!is_first || events == 0) return;
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(patience_->most());
  log::warning({"sink_given_up", options_.sink.name},
               format("{} passed over, and more while this lasts: no event waits for it longer than {} (give_up_after)",
                      events == 1 ? "1 event is" : format("{} events are", events), in_words(most)),
               {{"sink", options_.sink.name}, {"passed_over", events}});
}

void Relay::sink_is_back() {
  if (!outage_) return;
  const auto away = std::chrono::duration_cast<std::chrono::seconds>(clock_.monotonic() - outage_->since);
  const std::int64_t waiting = state().lag;
  if (!outage_->told.empty()) {
    log::info({"sink_back", options_.sink.name},
              format("back after {}; {} published{}{}", in_words(away), outage_->published,
                     outage_->passed_over > 0 ? format(", {} passed over", outage_->passed_over) : "",
                     waiting > 0 ? format(", {} wait", waiting) : ""),
              {{"sink", options_.sink.name},
               {"away_seconds", away.count()},
               {"published", outage_->published},
               {"passed_over", outage_->passed_over},
               {"waiting", waiting}});
  }
  forget_outage();
}

void Relay::forget_outage() {
  outage_.reset();
  if (patience_) patience_->forget();
  const std::scoped_lock lock(mutex_);
  state_.sink_away.reset();
  state_.passed_over = 0;
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
