// The part of the relay that reports on its sink: once in the log, always in its state.
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"
#include "events/relay.h"

namespace dmw::events {
namespace {

std::string they_wait(std::int64_t events) {
  return events == 1 ? std::string("1 event is waiting") : format("{} events are waiting", events);
}

/// Whether the error concerns one topic. Errors of a whole cluster are unavailable and unauthorized.
bool is_of_topic(const Error& why) {
  return why.code != Errc::unavailable && why.code != Errc::unauthorized;
}

}  // namespace

/// Records that an attempt to publish has failed. Its events wait, whatever the error is.
Error Relay::sink_is_away(Error why) {
  const std::int64_t waiting = note_outage(why, clock_.monotonic());
  const std::string words =
      waiting == 0 ? format("not reachable; files are still accepted: {}", why.message())
                   : format("not reachable; {}; files are still accepted: {}", they_wait(waiting), why.message());
  tell_outage("sink_away", words, why, waiting);
  note_wait();
  why.code = Errc::unavailable;
  return why;
}

/// Records that the answer to the window in flight is late.
void Relay::sink_is_slow(const Error& why) {
  if (!outage_) static_cast<void>(look_at_head());  // on an error the number of the last successful count stays
  tell(State::Kind::paused, why.message());
  const std::int64_t waiting = note_outage(why, given_at_);
  tell_outage("sink_slow",
              format("no acknowledgement; {}; files are still accepted: {}", they_wait(waiting), why.message()), why,
              waiting);
  note_wait();
}

/// Records that the catalog works but refuses to save the position of the sink.
void Relay::position_is_refused(const Error& why) {
  const std::int64_t waiting = note_outage(why, clock_.monotonic());
  tell_outage("sink_away",
              format("publishing stopped; {}: the catalog cannot save the position of the sink: {}", they_wait(waiting),
                     why.message()),
              why, waiting);
}

/// Returns the number of waiting events.
std::int64_t Relay::note_outage(const Error& why, Monotonic since) {
  if (!outage_) outage_ = Outage{.since = since};
  const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(clock_.monotonic() - since);
  const std::scoped_lock lock(mutex_);
  const MicrosUtc began = state_.sink_away ? state_.sink_away->since : clock_.now() - lasted.count();
  state_.sink_away = {.since = began, .reason = why.message(), .is_alone = is_of_topic(why)};
  return state_.lag;
}

/// Logs each cause once per outage. If a whole cluster cannot be reached, it is logged for the sink of the studies, and
/// for that of the dead letters only if events wait for it.
void Relay::tell_outage(const char* event, const std::string& words, const Error& why, std::int64_t waiting) {
  if (options_.sink.topic == Topic::dead_letters && waiting == 0 && !is_of_topic(why)) return;
  if (!outage_->told.is_new(why.message())) return;
  log::warning({event, options_.sink.name}, words,
               {{"sink", options_.sink.name}, {"reason", why.message()}, {"waiting", waiting}});
}

/// Logged once per outage; the final number is logged when the sink is back.
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
  log::warning(
      {"sink_given_up", options_.sink.name},
      format("{} skipped, and more while this lasts: no event waits for this sink longer than {} (give_up_after)",
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
                     outage_->passed_over > 0 ? format(", {} skipped", outage_->passed_over) : "",
                     waiting > 0 ? format(", {} waiting", waiting) : ""),
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
