#include "inbox/capacity.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "base/format.h"

namespace dmw::inbox {
namespace {

/// The name of the disk in sentences for senders, which must not contain our paths.
constexpr std::string_view its_disk = "the disk of the inbox";

double gib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0);
}

}  // namespace

Capacity::Capacity(std::filesystem::path directory, std::uint64_t limit_bytes, std::uint64_t reserve_bytes,
                   const Clock& clock, std::function<Result<>()> present)
    : directory_(std::move(directory)),
      limit_bytes_(limit_bytes),
      reserve_bytes_(reserve_bytes),
      clock_(clock),
      present_(std::move(present)) {}

std::uint64_t Capacity::free_on_disk() const {
  const Monotonic now = clock_.monotonic();
  if (!sampled_ || now - sampled_at_ >= std::chrono::seconds(1)) {
    // If the free space cannot be read, it counts as 0.
    free_bytes_ = dmw::free_bytes(directory_).value_or(0);
    sampled_at_ = now;
    sampled_ = true;
  }
  return free_bytes_;
}

std::unexpected<Error> Capacity::refused(std::string_view disk) const {
  const std::uint64_t held = bytes_ + coming_bytes_;
  if (limit_bytes_ > 0 && static_cast<double>(held) >= refuse_fill * static_cast<double>(limit_bytes_)) {
    return fail(Errc::full, format("the inbox holds {:.2f} of the {:.2f} GiB that INBOX_LIMIT_GIB allows", gib(held),
                                   gib(limit_bytes_)));
  }
  const std::uint64_t free = free_on_disk();
  if (free < reserve_bytes_) {
    return fail(Errc::full, format("{:.2f} GiB free on {}, less than DISK_RESERVE_GIB={:.4g}", gib(free), disk,
                                   gib(reserve_bytes_)));
  }
  return fail(
      Errc::full,
      format("{:.2f} GiB free on {}: not enough for DISK_RESERVE_GIB={:.4g} and the {:.2f} GiB that wait in the inbox",
             gib(free), disk, gib(reserve_bytes_), gib(held)));
}

Result<> Capacity::admit(std::uint64_t bytes) const {
  TRY(present());
  const std::lock_guard lock(mutex_);
  TRY(fits_at_all(bytes));
  if (fill_locked() >= refuse_fill) return refused(its_disk);
  return fits_now(bytes);
}

Result<> Capacity::intake() const {
  TRY(present());
  const std::lock_guard lock(mutex_);
  std::error_code untold;  // on an error the path stays as given
  const std::filesystem::path whole = std::filesystem::absolute(directory_, untold).lexically_normal();
  if (fill_locked() >= refuse_fill) return refused((untold ? directory_ : whole).string());
  return {};
}

Result<> Capacity::fits_at_all(std::uint64_t bytes) const {
  if (limit_bytes_ > 0 && bytes > limit_bytes_) {
    return fail(Errc::too_large, format("{:.2f} GiB do not fit into an inbox of {:.2f} GiB: raise INBOX_LIMIT_GIB",
                                        gib(bytes), gib(limit_bytes_)));
  }
  if (reserve_bytes_ == 0) return {};
  const std::uint64_t free = free_on_disk();
  const std::uint64_t room = bytes_ + coming_bytes_ + (free > reserve_bytes_ ? free - reserve_bytes_ : 0);
  if (bytes <= room) return {};
  return fail(Errc::too_large, format("{:.2f} GiB do not fit on the disk of the inbox, where {:.2f} GiB are free above "
                                      "DISK_RESERVE_GIB: free space there",
                                      gib(bytes), gib(room)));
}

Result<> Capacity::fits_now(std::uint64_t bytes) const {
  const std::uint64_t held = bytes_ + coming_bytes_;
  if (limit_bytes_ > 0 && (held > limit_bytes_ || bytes > limit_bytes_ - held)) {
    return fail(Errc::full, format("{} more bytes do not fit: the inbox holds {:.2f} of the {:.2f} GiB that "
                                   "INBOX_LIMIT_GIB allows",
                                   bytes, gib(held), gib(limit_bytes_)));
  }
  if (reserve_bytes_ == 0) return {};
  const std::uint64_t free = free_on_disk();
  if (free < reserve_bytes_ || bytes > free - reserve_bytes_) return refused(its_disk);
  return {};
}

Result<> Capacity::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  TRY(fits_now(bytes));
  if (reserve_bytes_ > 0) free_bytes_ -= bytes;
  coming_bytes_ += bytes;
  return {};
}

void Capacity::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  ASSERT(bytes <= coming_bytes_);
  coming_bytes_ -= bytes;
  free_bytes_ += bytes;
}

void Capacity::keep(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  ASSERT(bytes <= coming_bytes_);
  coming_bytes_ -= bytes;
  bytes_ += bytes;
  ++items_;
}

void Capacity::add(std::uint64_t items, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  items_ += items;
  bytes_ += bytes;
}

void Capacity::remove(std::uint64_t items, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  ASSERT(items <= items_ && bytes <= bytes_);
  items_ -= items;
  bytes_ -= bytes;
}

std::uint64_t Capacity::items() const {
  const std::lock_guard lock(mutex_);
  return items_;
}

std::uint64_t Capacity::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

double Capacity::fill() const {
  if (!present()) return 1;
  const std::lock_guard lock(mutex_);
  return fill_locked();
}

double Capacity::fill_locked() const {
  const auto held = static_cast<double>(bytes_ + coming_bytes_);
  const double of_limit = limit_bytes_ > 0 ? held / static_cast<double>(limit_bytes_) : 0;
  double of_disk = 0;
  if (reserve_bytes_ > 0) {
    const std::uint64_t free = free_on_disk();
    of_disk = free > reserve_bytes_ ? held / (held + static_cast<double>(free - reserve_bytes_)) : 1;
  }
  return std::min(1.0, std::max(of_limit, of_disk));
}

Result<> Room::take(std::uint64_t bytes) {
  if (!capacity_) return {};
  TRY(capacity_->take(bytes));
  bytes_ += bytes;
  return {};
}

void Room::keep() {
  ASSERT(capacity_ != nullptr);
  capacity_->keep(std::exchange(bytes_, 0));
}

}  // namespace dmw::inbox
