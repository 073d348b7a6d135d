// Seats: limits the connections, in total and per address. If all seats are taken, a connection that waits for a
// request is closed for a new one. Internal to this room.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

namespace dmw::http {

/// Any thread.
class Seats {
 public:
  /// An IPv4 address, or the first 64 bits of an IPv6 address, because the owner of that network can choose the rest
  /// freely. All zero for a Unix domain socket.
  using Owner = std::array<std::uint8_t, 16>;
  static Owner owner_of(std::string_view address);

  class Seat;

  Seats(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

  /// A seat for a new connection of this owner; null if there is none. If all seats are taken, the longest waiting
  /// connection of the owner with the most waiting connections is closed. If the owner has reached its own limit, one
  /// of its own waiting connections is closed.
  std::shared_ptr<Seat> enter(const Owner& owner);
  /// Waits until no seat is taken; false if `until` passes before.
  bool wait_for_none(std::chrono::steady_clock::time_point until);

  /// The seat of one connection. The destructor returns it.
  class Seat {
   public:
    Seat(Seats& seats, const Owner& owner) : seats_(seats), owner_(owner) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

    /// The connection now waits for a request. `give_way` is called at most once, under a lock, so it must only post to
    /// another thread.
    void wait(std::function<void()> give_way);
    /// A request has arrived. Returns false if the connection was asked to give way before.
    bool begin();

   private:
    friend class Seats;
    Seats& seats_;
    const Owner owner_;
    std::function<void()> give_way_;
    std::list<Seat*>::iterator place_{};  // place in the list of waiting ones, valid while give_way_ is set
    bool given_ = false;
  };

 private:
  void leave(Seat& seat);
  bool make_way(const Owner* owner);

  const std::size_t most_;
  const std::size_t most_of_one_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::map<Owner, std::size_t> taken_;  // without connections that are being closed for others
  std::size_t all_taken_ = 0;
  std::size_t present_ = 0;   // with connections that are being closed for others
  std::list<Seat*> waiting_;  // longest waiting first
};

}  // namespace dmw::http
