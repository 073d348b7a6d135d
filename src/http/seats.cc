#include "http/seats.h"

#include <algorithm>
#include <utility>

#include "base/ip_address.h"

namespace dmw::http {

Seats::Owner Seats::owner_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  Owner owner{};
  if (!parsed) return owner;
  owner = parsed->bytes();
  constexpr std::size_t network_bytes = 8;
  if (!parsed->is_v4() && !parsed->is_loopback())
    std::fill(owner.begin() + network_bytes, owner.end(), std::uint8_t{0});
  return owner;
}

std::shared_ptr<Seats::Seat> Seats::enter(const Owner& owner) {
  const std::lock_guard lock(mutex_);
  const auto known = taken_.find(owner);
  if (known != taken_.end() && known->second >= most_of_one_ && !make_way(&owner)) return nullptr;
  if (all_taken_ >= most_ && !make_way(nullptr)) return nullptr;
  ++taken_[owner];
  ++all_taken_;
  ++present_;
  return std::make_shared<Seat>(*this, owner);
}

/// Frees a seat of a waiting connection, of this owner or (null) of the owner with the most.
bool Seats::make_way(const Owner* owner) {
  auto chosen = waiting_.end();
  for (auto seat = waiting_.begin(); seat != waiting_.end(); ++seat) {
    if (owner != nullptr) {
      if ((*seat)->owner_ != *owner) continue;
      chosen = seat;
      break;
    }
    if (chosen == waiting_.end() || taken_[(*seat)->owner_] > taken_[(*chosen)->owner_]) chosen = seat;
  }
  if (chosen == waiting_.end()) return false;
  Seat& seat = **chosen;
  waiting_.erase(chosen);
  seat.given_ = true;
  if (--taken_[seat.owner_] == 0) taken_.erase(seat.owner_);
  --all_taken_;
  std::exchange(seat.give_way_, nullptr)();
  return true;
}

bool Seats::wait_for_none(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return none_.wait_until(lock, until, [&] { return present_ == 0; });
}

void Seats::leave(Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (seat.give_way_) waiting_.erase(seat.place_);
  if (!seat.given_) {
    if (--taken_[seat.owner_] == 0) taken_.erase(seat.owner_);
    --all_taken_;
  }
  if (--present_ == 0) none_.notify_all();
}

Seats::Seat::~Seat() {
  seats_.leave(*this);
}

void Seats::Seat::wait(std::function<void()> give_way) {
  const std::lock_guard lock(seats_.mutex_);
  if (given_ || give_way_) return;
  give_way_ = std::move(give_way);
  place_ = seats_.waiting_.insert(seats_.waiting_.end(), this);
}

bool Seats::Seat::begin() {
  const std::lock_guard lock(seats_.mutex_);
  if (given_) return false;
  if (give_way_) seats_.waiting_.erase(place_);
  give_way_ = nullptr;
  return true;
}

}  // namespace dmw::http
