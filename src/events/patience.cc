#include "events/patience.h"

#include <algorithm>

namespace dmw::events {

Patience::Patience(std::chrono::milliseconds most)
    : most_(most),
      step_(std::min<std::chrono::milliseconds>(std::max<std::chrono::milliseconds>(most / 8, std::chrono::seconds(1)),
                                                std::chrono::minutes(10))) {}

bool Patience::wants_note(Monotonic now) const {
  return notes_.empty() || now - notes_.back().at >= step_;
}

void Patience::note(Monotonic now, std::int64_t head) {
  notes_.push_back({now, head});
  static_cast<void>(overdue(now));
}

std::int64_t Patience::overdue(Monotonic now) {
  while (notes_.size() > 1 && now - notes_[1].at >= most_) notes_.pop_front();
  return !notes_.empty() && now - notes_.front().at >= most_ ? notes_.front().head : 0;
}

}  // namespace dmw::events
