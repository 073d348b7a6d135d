// How full an inbox is, and whether it is there at all: what it holds and what is coming in, its own limit, the free
// space that must stay on its disk, and that its volume is mounted.
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
  /// 0: no limit, no reserve. `present` says whether the directory is still what it was when the inbox was opened;
  /// none: it always is. Errors of it: unavailable.
  Capacity(std::filesystem::path directory, std::uint64_t limit_bytes, std::uint64_t reserve_bytes, const Clock& clock,
           std::function<Result<>()> present = {});

  /// May a new instance come in, of which so many bytes are known to come? Errors: full, with the setting that says so;
  /// too_large, when it would not fit into an empty inbox either; unavailable, when the inbox is not there. A sender
  /// may be told the sentence: it has no path in it.
  Result<> admit(std::uint64_t bytes = 0) const;
  /// The same of an instance of any size, in words for our own people: with the path of the disk.
  Result<> intake() const;
  /// Errors: unavailable.
  Result<> present() const { return present_ ? present_() : Result<>(); }
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
  /// Of the limit or of the room above the reserve, whichever is nearer to its end; with what is coming in. 1 while the
  /// inbox is not there.
  double fill() const;

 private:
  /// Asked from the disk at most once a second; what was taken since is not free any more.
  std::uint64_t free_on_disk() const;
  double fill_locked() const;
  Result<> fits_at_all(std::uint64_t bytes) const;
  Result<> fits_now(std::uint64_t bytes) const;
  /// `disk`: as it is called in the sentence.
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
