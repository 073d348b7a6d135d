// Seats: limits how many connections or associations exist at the same time, in total and per host.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ip_address.h"

namespace dmw::dimse {

/// Any thread. Must outlive its seats.
class Seats {
 public:
  /// The destructor returns the seat. Move only.
  class Seat {
   public:
    Seat(Seats& seats, const IpAddress& host) : seats_(&seats), host_(host) {}
    Seat(Seat&& other) noexcept : seats_(std::exchange(other.seats_, nullptr)), host_(other.host_) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (seats_ != nullptr) seats_->give_back(host_);
    }

   private:
    Seats* seats_;
    IpAddress host_;
  };

  Seats(std::size_t total, std::size_t per_host) : total_(total), per_host_(per_host) {}
  Seats(const Seats&) = delete;
  Seats& operator=(const Seats&) = delete;

  /// Takes a seat for a connection from `host`; nullopt if none is free.
  std::optional<Seat> take(const IpAddress& host);
  std::size_t taken() const;

 private:
  void give_back(const IpAddress& host);

  const std::size_t total_;
  const std::size_t per_host_;
  mutable std::mutex mutex_;  // guards the members below
  std::size_t taken_ = 0;
  std::map<IpAddress, std::size_t> by_host_;
};

}  // namespace dmw::dimse
