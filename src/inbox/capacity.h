// Capacity: how full an inbox is. It counts stored and incoming bytes, knows the limit of the inbox and the free space
// that must stay on its disk, and checks that its volume is mounted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "inbox/fill.h"

namespace dmw::inbox {

/// Any thread.
class Capacity {
 public:
  /// A limit or reserve of 0 means none. `present` checks that the directory is still the one that was opened (errors:
  /// unavailable); without it, no check is made.
  Capacity(std::filesystem::path directory, std::uint64_t limit_bytes, std::uint64_t reserve_bytes, const Clock& clock,
           std::function<Result<>()> present = {});

  /// Whether a new instance of at least `bytes` may be accepted. Errors: full (names the setting), too_large (it is
  /// larger than the inbox), unavailable (the inbox is not mounted). The sentences have no path and may be sent to the
  /// sender.
  Result<> admit(std::uint64_t bytes = 0) const;
  /// The same for an instance of unknown size, with sentences for the operator, which have the path of the disk.
  Result<> intake() const;
  /// Errors: unavailable.
  Result<> present() const { return present_ ? present_() : Result<>(); }
  /// Reserves space for bytes that are about to be written. Errors: as admit(), if they do not fit.
  Result<> take(std::uint64_t bytes);
  /// Releases reserved space: the bytes were not kept.
  void give_back(std::uint64_t bytes);
  /// Turns reserved space into that of a kept instance.
  void keep(std::uint64_t bytes);

  /// Adds instances that are in the inbox already, without a check.
  void add(std::uint64_t items, std::uint64_t bytes);
  void remove(std::uint64_t items, std::uint64_t bytes);

  std::uint64_t items() const;
  /// Total size of the kept instances.
  std::uint64_t bytes() const;
  /// Fill level from 0 to 1, with incoming bytes: of the limit or of the free space above the reserve, the higher one.
  /// 1 while the inbox is not mounted.
  double fill() const;

 private:
  /// Read from the disk at most once a second; bytes that were reserved since then are subtracted.
  std::uint64_t free_on_disk() const;
  double fill_locked() const;
  Result<> fits_at_all(std::uint64_t bytes) const;
  Result<> fits_now(std::uint64_t bytes) const;
  /// `disk`: the name of the disk in the sentence.
  std::unexpected<Error> refused(std::string_view disk) const;

  const std::filesystem::path directory_;
  const std::uint64_t limit_bytes_;
  const std::uint64_t reserve_bytes_;
  const Clock& clock_;
  const std::function<Result<>()> present_;
  mutable std::mutex mutex_;
  std::uint64_t items_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t coming_bytes_ = 0;
  mutable bool sampled_ = false;
  mutable Monotonic sampled_at_;
  mutable std::uint64_t free_bytes_ = 0;
};

/// The reserved space of one file while it is written. The destructor releases it. Move only; one thread.
class Room {
 public:
  /// For a file that is not counted.
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
  /// The file has become an instance of the inbox: its space stays counted.
  void keep();

 private:
  std::shared_ptr<Capacity> capacity_;
  std::uint64_t bytes_ = 0;
};

}  // namespace dmw::inbox
