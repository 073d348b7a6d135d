#include "catalog/clock_trust.h"

#include <algorithm>

#include "base/log.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using std::chrono::microseconds;

microseconds apart(MicrosUtc one, MicrosUtc other) {
  return microseconds(one > other ? one - other : other - one);
}

}  // namespace

Result<std::optional<MicrosUtc>> ClockTrust::time() {
  const std::scoped_lock lock(mutex_);
  const Moment now{clock_.now(), clock_.monotonic()};
  const microseconds agreed = TRY(database_.write([&](db::Transaction& transaction) -> Result<microseconds> {
    const db::Rows rows = TRY(transaction.query("select wall_at, agreed_micros from clock where id = 1 {for_update}"));
    // Who deletes the row waits for a day, too.
    const Kept kept = rows.empty() ? Kept{1, {}} : Kept{rows[0].integer(0), microseconds(rows[0].integer(1))};
    const microseconds until = agrees(now, kept) ? agreed_until(now, kept) : microseconds(0);
    TRY(write_one(transaction, "clock",
                  "insert into clock(id, wall_at, agreed_micros) values (1, $1, $2) on conflict(id) do update "
                  "set wall_at = excluded.wall_at, agreed_micros = excluded.agreed_micros",
                  {now.wall, std::int64_t{until.count()}}));
    return until;
  }));
  if (!anchor_ || agreed == microseconds(0)) anchor_ = now;
  looked_at_ = now.running;
  tell(agreed >= agreement);
  return believed_ ? std::optional(now.wall) : std::nullopt;
}

bool ClockTrust::agrees(const Moment& now, const Kept& kept) const {
  if (kept.wall == 0) return true;
  if (!anchor_) return apart(now.wall, kept.wall) <= tolerance;
  const auto ran = std::chrono::duration_cast<microseconds>(now.running - anchor_->running);
  // Behind what the catalog kept is as far as another replica saw it; before it the catalog may have been away.
  return apart(now.wall, anchor_->wall + ran.count()) <= tolerance && microseconds(kept.wall - now.wall) <= tolerance;
}

/// Two replicas look at the same row: together they count no faster than the time goes by.
microseconds ClockTrust::agreed_until(const Moment& now, const Kept& kept) const {
  if (!anchor_) return kept.wall == 0 ? microseconds(agreement) : std::max(kept.agreed, microseconds(1));
  const auto ran = std::chrono::duration_cast<microseconds>(now.running - looked_at_);
  const microseconds since_kept{std::max<MicrosUtc>(now.wall - kept.wall, 0)};
  return std::clamp<microseconds>(kept.agreed + std::min(ran, since_kept), microseconds(1), agreement);
}

void ClockTrust::tell(bool believed) {
  if (believed == believed_) return;
  believed_ = believed;
  if (believed)
    log::info("clock_believed", "the clock has agreed with the elapsed time for 24 h: old rows are removed again");
  else
    log::warning("clock_not_believed",
                 "the clock differs from the elapsed time by more than an hour: nothing is removed for its age until "
                 "they have agreed for 24 h of running");
}

}  // namespace dmw::catalog
