// The part of the relay that skips events for a best-effort sink: events that have waited too long are skipped and
// logged. The position and the audit row are written in one transaction; a kill before it changes nothing.
#include <algorithm>

#include "base/format.h"
#include "base/words.h"
#include "events/relay.h"

namespace dmw::events {
namespace {

/// Whether the refusal concerns one event, so that the following ones may be accepted.
bool is_of_event(const Error& why) {
  return why.code == Errc::too_large || why.code == Errc::invalid;
}

}  // namespace

/// The sink accepts nothing now: the events in the log begin to wait, unless they do already.
void Relay::note_wait() {
  const Monotonic now = clock_.monotonic();
  if (!patience_ || !patience_->wants_note(now)) return;
  if (const Result<catalog::LogRange> range = catalog::log_range(database_)) patience_->note(now, range->last);
}

bool Relay::is_overdue(std::int64_t position) {
  return patience_ && patience_->overdue(clock_.monotonic()) >= position;
}

/// After a window that the sink has not accepted completely; `missing` is the first event that it lacks. Returns true
/// if this event, and perhaps others, were skipped.
Result<bool> Relay::give_up_refused(const catalog::TopicWindow& window, std::int64_t missing, const Error& why) {
  if (!is_overdue(missing)) return false;
  TRY(give_up(is_of_event(why) ? missing : std::min(patience_->overdue(clock_.monotonic()), window.up_to), why));
  return true;
}

/// Skips overdue events of a sink that gives no good answer.
Result<> Relay::give_up_overdue(const Error& why) {
  if (!patience_) return {};
  if (!TRY(hold_lease())) {
    patience_->forget();  // another process has the sink, so its patience counts
    return {};
  }
  const std::int64_t position = patience_->overdue(clock_.monotonic());
  return position > lease_->position ? give_up(position, why) : Result<>();
}

Result<> Relay::give_up(std::int64_t position, const Error& why) {
  const auto behind = [this](std::int64_t from) -> Result<std::int64_t> {
    return TRY(catalog::backlog(database_, options_.sink.topic, from)).events;
  };
  const auto taken = std::distance(ahead_.begin(), ahead_.upper_bound(position));
  const std::int64_t waiting = TRY(behind(lease_->position)) - TRY(behind(position));
  const std::int64_t events = std::max<std::int64_t>(0, waiting - taken);
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(patience_->most());
  TRY(catalog::pass_over_sink(database_, options_.sink.name, lease_->epoch, position, options_.lease, events,
                              format("{} of the events {} to {} skipped: the sink did not accept them for {}: {}",
                                     events, lease_->position + 1, position, in_words(most), why.message())));
  moved_to(position, waiting);
  if (options_.passed_over != nullptr) options_.passed_over->add(static_cast<double>(events));
  tell_given_up(events);
  return {};
}

}  // namespace dmw::events
