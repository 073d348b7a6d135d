// How the relay gives a sink up that is not required: what has waited for it for too long is passed over, and told. The
// position moves and the row in the audit is written in one transaction; a kill before it leaves the events where they
// were.
#include <algorithm>

#include "base/format.h"
#include "base/words.h"
#include "events/relay.h"

namespace dmw::events {
namespace {

/// A refusal of one event: those behind it were not judged, or may be taken.
bool is_of_event(const Error& why) {
  return why.code == Errc::too_large || why.code == Errc::invalid;
}

}  // namespace

/// The sink takes nothing now: what is in the log begins to wait, unless it does already.
void Relay::note_wait() {
  const Monotonic now = clock_.monotonic();
  if (!patience_ || !patience_->wants_note(now)) return;
  if (const Result<catalog::LogRange> range = catalog::log_range(database_)) patience_->note(now, range->last);
}

bool Relay::is_overdue(std::int64_t position) {
  return patience_ && patience_->overdue(clock_.monotonic()) >= position;
}

/// Of a window that the sink did not take as a whole; `missing` is the first event that it has not. True: it was given
/// up for this event, and maybe others.
Result<bool> Relay::give_up_refused(const catalog::TopicWindow& window, std::int64_t missing, const Error& why) {
  if (!is_overdue(missing)) return false;
  TRY(give_up(is_of_event(why) ? missing : std::min(patience_->overdue(clock_.monotonic()), window.up_to), why));
  return true;
}

/// Of a sink that does not answer as it should.
Result<> Relay::give_up_overdue(const Error& why) {
  if (!patience_) return {};
  if (!TRY(hold_lease())) {
    patience_->forget();  // that is a matter of the one who has it
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
                              format("{} of the events {} to {} passed over: not taken for {}: {}", events,
                                     lease_->position + 1, position, in_words(most), why.message())));
  moved_to(position, waiting);
  if (options_.passed_over != nullptr) options_.passed_over->add(static_cast<double>(events));
  tell_given_up(events);
  return {};
}

}  // namespace dmw::events
