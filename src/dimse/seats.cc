#include "dimse/seats.h"

namespace dmw::dimse {

std::optional<Seats::Seat> Seats::take(const IpAddress& host) {
  const std::scoped_lock lock(mutex_);
  if (taken_ == total_) return std::nullopt;
  const auto [of_host, first] = by_host_.try_emplace(host, 0);
  if (of_host->second == per_host_) return std::nullopt;
  ++of_host->second;
  ++taken_;
  return Seat(*this, host);
}

std::size_t Seats::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

void Seats::give_back(const IpAddress& host) {
  const std::scoped_lock lock(mutex_);
  const auto of_host = by_host_.find(host);
  if (--of_host->second == 0) by_host_.erase(of_host);
  --taken_;
}

}  // namespace dmw::dimse
