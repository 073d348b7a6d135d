#include "sources/orthanc/change_log.h"

#include <algorithm>

namespace dmw::sources {
namespace {

/// Number of missing numbers that are remembered and read again. More of them are usually the result of a deletion, not
/// of commits out of order.
constexpr std::size_t holes_max = 1'000;
constexpr std::chrono::milliseconds first_look{500};

}  // namespace

ChangeLog::ChangeLog(std::int64_t read_to, std::chrono::milliseconds patience, const std::vector<Numbers>& holes,
                     Monotonic now)
    : read_to_(read_to), patience_(patience) {
  for (const auto& [from, to] : holes) holes_.push_back({from, to, now, now + first_look});
}

std::vector<ChangeLog::Numbers> ChangeLog::holes() const {
  std::vector<Numbers> numbers;
  for (const Hole& hole : holes_) numbers.emplace_back(hole.from, hole.to);
  return numbers;
}

bool ChangeLog::take(std::int64_t seq, Monotonic now) {
  if (seq > read_to_) {
    if (seq > read_to_ + 1) holes_.push_back({read_to_ + 1, seq - 1, now, now + first_look});
    if (holes_.size() > holes_max) {
      holes_.pop_front();
      ++given_up_early_;
    }
    read_to_ = seq;
    return true;
  }
  const auto hole = std::find_if(holes_.begin(), holes_.end(), [&](const Hole& h) { return h.to >= seq; });
  if (hole == holes_.end() || hole->from > seq) return false;
  Hole after = *hole;
  after.from = seq + 1;
  hole->to = seq - 1;
  const auto place = hole->from > hole->to ? holes_.erase(hole) : hole + 1;
  if (after.from <= after.to) holes_.insert(place, after);
  return true;
}

void ChangeLog::give_up_old(Monotonic now) {
  std::erase_if(holes_, [&](const Hole& hole) { return now - hole.seen_at >= patience_; });
}

std::optional<ChangeLog::Hole> ChangeLog::due(std::int64_t after, Monotonic now) const {
  const auto hole =
      std::find_if(holes_.begin(), holes_.end(), [&](const Hole& h) { return h.from > after && h.look_at <= now; });
  if (hole == holes_.end()) return std::nullopt;
  return *hole;
}

void ChangeLog::looked_at(std::int64_t from, std::int64_t to, Monotonic now) {
  for (Hole& hole : holes_) {
    if (hole.from >= from && hole.to <= to)
      hole.look_at = now + std::max<Monotonic::duration>(first_look, now - hole.seen_at);
  }
}

}  // namespace dmw::sources
