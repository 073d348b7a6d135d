// Seats: how many may be here at once, in all and from one host.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ip_address.h"

namespace dmw::dimse {

/// Any thread. Outlives every seat that it gave.
class Seats {
 public:
  /// Given back when it is destroyed. Move only.
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

  /// Nothing when there is none left.
  std::optional<Seat> take(const IpAddress& host);
  std::size_t taken() const;

 private:
  void give_back(const IpAddress& host);

  const std::size_t total_;
  const std::size_t per_host_;
  mutable std::mutex mutex_;  // guards what follows
  std::size_t taken_ = 0;
  std::map<IpAddress, std::size_t> by_host_;
};

}  // namespace dmw::dimse
