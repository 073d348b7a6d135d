#include "ingest/settler_mark.h"

#include <chrono>

#include "care/belonging.h"
#include "catalog/event_log.h"
#include "catalog/leaders.h"
#include "catalog/standing.h"
#include "store/mark.h"

namespace dmw::ingest {
namespace {

constexpr std::chrono::seconds turn_interval{1};

}  // namespace

Result<> SettlerMark::begin(std::int64_t epoch) {
  epoch_ = epoch;
  TRY(care::may_lead(database_, store_, catalog_id_, epoch));
  const store::Marks marks = TRY(store::read_marks(store_));
  const bool goes_on = marks.newest && marks.newest->catalog_id == Uuid(catalog_id_);
  delivered_ = goes_on ? marks.newest->delivered.value_or(0) : 0;
  boundary_ = TRY(catalog::log_range(database_)).last;
  TRY(take_turn(boundary_));
  return store::remove_marks_before(store_, epoch);
}

Result<> SettlerMark::take_turn(std::int64_t position) {
  turn_ = TRY(catalog::take_turn(database_, epoch_, turn_));
  turned_at_ = clock_.monotonic();
  return write(position);
}

Result<> SettlerMark::take_turn_for(const std::vector<catalog::Dirty>& dirty) {
  std::uint64_t digest = dirty.size();
  for (const catalog::Dirty& study : dirty) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    digest = (digest ^ static_cast<std::uint64_t>(study.study_id)) * odd;
    digest = (digest ^ static_cast<std::uint64_t>(study.activity)) * odd;
  }
  if (digest == dirty_then_ || dirty.empty() || clock_.monotonic() - turned_at_ < turn_interval) return {};
  dirty_then_ = digest;
  return take_turn(TRY(catalog::log_range(database_)).last);
}

Result<> SettlerMark::leave() {
  const std::int64_t position = TRY(catalog::log_range(database_)).last;
  TRY(look_at_delivered(position));
  if (marked_ == position && marked_delivered_ == delivered_) return {};
  // The mark shows that the catalog went back; the mark itself never goes back.
  if (marked_ && position < *marked_) return catalog::went_back();
  return write(position);
}

/// A manifest has the newest position before its transaction, and its event gets a higher one. So only a position
/// between two transactions can be compared with it.
Result<> SettlerMark::look_at_delivered(std::int64_t position) {
  const std::int64_t delivered = TRY(catalog::delivered_position(database_));
  if (delivered < boundary_) return {};
  delivered_ = delivered < position ? boundary_ : position;
  boundary_ = position;
  return {};
}

Result<> SettlerMark::write(std::int64_t position) {
  TRY(store::write_mark(store_, {catalog_id_, epoch_, position, turn_, delivered_}));
  marked_ = position;
  marked_delivered_ = delivered_;
  return {};
}

}  // namespace dmw::ingest
