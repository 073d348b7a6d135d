// How full an inbox is: what it holds and what is coming in, its own limit, and the free space that must stay on its
// disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace dmw::inbox {

/// From here on nothing new is let in; what is on its way may still end (rule 11).
inline constexpr double refuse_fill = 0.9;

/// Any thread.
class Capacity {
 public:
  /// 0: no limit, no reserve.
  Capacity(std::filesystem::path directory, std::uint64_t limit_bytes, std::uint64_t reserve_bytes, const Clock& clock);

  /// May a new instance come in, of which so many bytes are known to come? Errors: full, with the setting that says so;
  /// too_large, when it would not fit into an empty inbox either.
  Result<> admit(std::uint64_t bytes = 0) const;
  /// Room for bytes that are about to be written. Errors: as admit(), when they do not fit.
  Result<> take(std::uint64_t bytes);
  /// What was taken is gone again.
  void give_back(std::uint64_t bytes);
  /// What was taken is an instance now.
  void keep(std::uint64_t bytes);

  /// Instances that are there, counted without a question.
  void add(std::uint64_t items, std::uint64_t bytes);
  void remove(std::uint64_t items, std::uint64_t bytes);

  std::uint64_t items() const;
  /// Of the instances that are there.
  std::uint64_t bytes() const;
  /// Of the limit or of the room above the reserve, whichever is nearer to its end; with what is coming in.
  double fill() const;

 private:
  /// Asked from the disk at most once a second; what was taken since is not free any more.
  std::uint64_t free_on_disk() const;
  double fill_locked() const;
  Result<> fits_at_all(std::uint64_t bytes) const;
  Result<> fits_now(std::uint64_t bytes) const;
  std::unexpected<Error> refused() const;

  const std::filesystem::path directory_;
  const std::uint64_t limit_bytes_;
  const std::uint64_t reserve_bytes_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t items_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t coming_bytes_ = 0;
  mutable bool sampled_ = false;
  mutable Monotonic sampled_at_;
  mutable std::uint64_t free_bytes_ = 0;
};

/// The room of one file while it is written: given back when the file goes. Move only; one thread.
class Room {
 public:
  /// Of a file that nobody counts.
  Room() = default;
  explicit Room(std::shared_ptr<Capacity> capacity) : capacity_(std::move(capacity)) {}
  Room(Room&& other) noexcept : capacity_(std::move(other.capacity_)), bytes_(std::exchange(other.bytes_, 0)) {}
  Room& operator=(Room&& other) noexcept {
    std::swap(capacity_, other.capacity_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Room() {
    if (capacity_) capacity_->give_back(bytes_);
  }

  /// Errors: full.
  Result<> take(std::uint64_t bytes);
  /// The file is an instance of the inbox now.
  void keep();

 private:
  std::shared_ptr<Capacity> capacity_;
  std::uint64_t bytes_ = 0;
};

}  // namespace dmw::inbox
