#include "dimse/association_log.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "db/halving.h"

namespace dmw::dimse {
namespace {

bool is_same_again(const catalog::Association& a, const catalog::Association& b) {
  return std::tie(a.peer, a.calling_ae, a.called_ae, a.outcome, a.reason) ==
             std::tie(b.peer, b.calling_ae, b.called_ae, b.outcome, b.reason) &&
         a.instances == 0 && b.instances == 0;
}

void merge(catalog::Caller& into, const catalog::Caller& more) {
  into.peer = more.peer;
  into.first_seen_at = std::min(into.first_seen_at, more.first_seen_at);
  into.last_seen_at = std::max(into.last_seen_at, more.last_seen_at);
  into.associations += more.associations;
  into.refused_associations += more.refused_associations;
  into.instances += more.instances;
  into.refused_instances += more.refused_instances;
  into.size_bytes += more.size_bytes;
  if (more.last_refused_at >= into.last_refused_at && !more.last_refusal.empty()) {
    into.last_refused_at = more.last_refused_at;
    into.last_refusal = more.last_refusal;
  }
}

}  // namespace

AssociationLog::AssociationLog(db::Database& catalog, Metrics& metrics, const Clock& clock)
    : catalog_(catalog),
      dropped_(metrics.counter("dicom_middleware_association_notes_dropped_total",
                               "Association records that were dropped before they could be written to the catalog")),
      clock_(clock) {}

void AssociationLog::note(catalog::Caller activity) {
  const std::scoped_lock lock(mutex_);
  add(std::move(activity));
}

void AssociationLog::note(catalog::Association ended) {
  const std::scoped_lock lock(mutex_);
  if (ended.calling_ae.empty())
    add_nameless(std::move(ended));
  else
    add(std::move(ended));
}

void AssociationLog::add_nameless(catalog::Association ended) {
  const auto key = std::pair(ended.peer, ended.reason);
  const auto known = nameless_.find(key);
  if (known == nameless_.end()) {
    if (nameless_.size() == nameless_max) return dropped_.add();
    nameless_.emplace(key, Nameless{clock_.monotonic()});
    tell(std::move(ended));
  } else if (std::optional<catalog::Association>& again = known->second.again) {
    again->repeats += 1;
    again->ended_at = std::max(again->ended_at, ended.ended_at);
  } else {
    again = std::move(ended);
  }
}

void AssociationLog::tell_nameless(Monotonic until) {
  for (auto one = nameless_.begin(); one != nameless_.end();) {
    if (one->second.told_at > until) {
      ++one;
      continue;
    }
    if (one->second.again) tell(*std::move(one->second.again));
    one = nameless_.erase(one);
  }
}

void AssociationLog::tell(catalog::Association nameless) {
  const std::int64_t times = 1 + nameless.repeats;
  log::warning("association_refused",
               format("from {}, before it gave its AE title{}: {}", nameless.peer,
                      times == 1 ? "" : format(", {} times more since", times), nameless.reason),
               {{"peer", nameless.peer}, {"outcome", name(nameless.outcome)}, {"times", times}});
  add(std::move(nameless));
}

void AssociationLog::add(catalog::Caller activity) {
  const auto key = std::pair(activity.source, activity.calling_ae);
  const auto known = pending_.callers.find(key);
  if (known != pending_.callers.end())
    merge(known->second, activity);
  else if (pending_.callers.size() < pending_max)
    pending_.callers.emplace(key, std::move(activity));
  else
    dropped_.add();
}

void AssociationLog::add(catalog::Association ended) {
  const auto same =
      std::ranges::find_if(pending_.ended, [&](const auto& known) { return is_same_again(known, ended); });
  if (same != pending_.ended.end()) {
    same->repeats += 1 + ended.repeats;
    same->ended_at = std::max(same->ended_at, ended.ended_at);
    same->refused_instances += ended.refused_instances;
    return;
  }
  if (pending_.ended.size() == pending_max) {
    pending_.ended.pop_front();
    dropped_.add();
  }
  pending_.ended.push_back(std::move(ended));
}

Result<bool> AssociationLog::finish() {
  {
    const std::scoped_lock lock(mutex_);
    tell_nameless(Monotonic::max());
  }
  return pass();
}

Result<bool> AssociationLog::pass() {
  Pending taken;
  {
    const std::scoped_lock lock(mutex_);
    tell_nameless(clock_.monotonic() - nameless_interval);
    taken = std::exchange(pending_, {});
  }
  if (taken.callers.empty() && taken.ended.empty()) return false;
  std::optional<Error> refused;
  Result<> written = write(taken, refused);
  if (!taken.callers.empty() || !taken.ended.empty()) {
    const std::scoped_lock lock(mutex_);
    Pending later = std::exchange(pending_, std::move(taken));
    for (auto& [key, caller] : later.callers) add(std::move(caller));
    for (catalog::Association& association : later.ended) add(std::move(association));
  }
  if (written && refused) return std::unexpected(*refused);
  if (!written) return std::unexpected(written.error());
  return false;
}

/// Writes the notes in `pending`. A note that the catalog refuses is dropped alone. Notes that were written or dropped
/// are removed from `pending`.
Result<> AssociationLog::write(Pending& pending, std::optional<Error>& refused) {
  std::size_t count = 0;
  const auto each = [&](const auto& items, auto& waiting, const auto& note) -> Result<> {
    const auto take = [&](auto part) -> Result<> {
      TRY(note(part));
      waiting.erase(waiting.begin(), std::next(waiting.begin(), static_cast<std::ptrdiff_t>(part.size())));
      return {};
    };
    const auto drop = [&](const auto&, const Error& why) -> Result<bool> {
      waiting.erase(waiting.begin());
      dropped_.add();
      if (!refused) refused = why;
      return ++count < db::refused_most;
    };
    TRY(db::in_halves(std::span(items), take, drop));
    return {};
  };
  const std::vector<catalog::Association> ended(pending.ended.begin(), pending.ended.end());
  TRY(each(ended, pending.ended, [this](std::span<const catalog::Association> some) {
    return catalog::note_associations(catalog_, some, {});
  }));
  std::vector<catalog::Caller> callers;
  for (const auto& [key, caller] : pending.callers) callers.push_back(caller);
  return each(callers, pending.callers,
              [this](std::span<const catalog::Caller> some) { return catalog::note_associations(catalog_, {}, some); });
}

}  // namespace dmw::dimse
