// Seats: how many connections there may be, of everybody and of each address. One that waits for a request gives way
// to a new one when all are taken. Internal to this room.
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
  /// An address of IPv4, or the 64 bits of IPv6 that one network has: the rest its owner may change at will. All zero
  /// for a Unix domain socket.
  using Owner = std::array<std::uint8_t, 16>;
  static Owner owner_of(std::string_view address);

  class Seat;

  Seats(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

  /// A seat, or null when there is none for this owner, and nobody gives way. Who gives way is the owner of the most
  /// seats that wait for requests, with the one that has waited longest; in its own share, only the owner itself.
  std::shared_ptr<Seat> enter(const Owner& owner);
  /// False when the time is over first.
  bool wait_for_none(std::chrono::steady_clock::time_point until);

  /// One connection. Left when dropped.
  class Seat {
   public:
    Seat(Seats& seats, const Owner& owner) : seats_(seats), owner_(owner) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

    /// From now on it waits for a request. `give_way` is called at most once, under a lock: it must only pass on.
    void wait(std::function<void()> give_way);
    /// A request came. False when it had to give way before.
    bool begin();

   private:
    friend class Seats;
    Seats& seats_;
    const Owner owner_;
    std::function<void()> give_way_;
    std::list<Seat*>::iterator place_{};  // among those that wait, while give_way_ is set
    bool given_ = false;
  };

 private:
  void leave(Seat& seat);
  bool make_way(const Owner* owner);

  const std::size_t most_;
  const std::size_t most_of_one_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::map<Owner, std::size_t> taken_;  // without those that were given
  std::size_t all_taken_ = 0;
  std::size_t present_ = 0;   // with those that were given and are not closed yet
  std::list<Seat*> waiting_;  // the longest first
};

}  // namespace dmw::http
