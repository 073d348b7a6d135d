#include "inbox/spool_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace dmw::inbox {
namespace {

/// Alignment of memory, offset and length of a direct write; enough for every file system (open(2), NOTES).
constexpr std::size_t alignment = 4096;
/// A shorter rest is written faster through the page cache.
constexpr std::size_t direct_bytes_min = 128U << 10U;
constexpr std::size_t spare_max = 32;

/// std::ranges::copy would copy byte by byte in builds with checked iterators.
void copy(ByteView bytes, std::span<std::byte> into) {
  ASSERT(bytes.size() <= into.size());
  if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
}

}  // namespace

/// Any thread, because a file is often finished by another thread than the one that began it.
class SpoolMemory::Spare {
 public:
  Spare() { kept_.reserve(spare_max); }
  /// Null when there is none.
  Memory take() {
    const std::scoped_lock lock(mutex_);
    if (kept_.empty()) return {};
    Memory memory = std::move(kept_.back());
    kept_.pop_back();
    return memory;
  }
  void give(Memory memory) {
    const std::scoped_lock lock(mutex_);
    if (kept_.size() < spare_max) kept_.push_back(std::move(memory));
  }

 private:
  std::mutex mutex_;  // guards kept_
  std::vector<Memory> kept_;
};

SpoolMemory::Spare& SpoolMemory::spare() {
  static Spare spare;
  return spare;
}

SpoolMemory::SpoolMemory() : memory_(spare().take()) {
  if (memory_) return;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, piece_bytes + head_bytes)));
  if (!memory_) throw std::bad_alloc();
}

SpoolMemory& SpoolMemory::operator=(SpoolMemory&& other) noexcept {
  std::swap(memory_, other.memory_);
  return *this;
}

SpoolMemory::~SpoolMemory() {
  if (memory_) spare().give(std::move(memory_));
}

void SpoolMemory::Free::operator()(std::byte* memory) const {
  std::free(memory);
}

Result<> SpoolWriter::append(ByteView bytes) {
  const ByteView of_head = bytes.first(std::min(bytes.size(), SpoolMemory::head_bytes - head_filled_));
  copy(of_head, memory_.head().subspan(head_filled_));
  head_filled_ += of_head.size();
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), SpoolMemory::piece_bytes - piece_filled_));
    copy(part, memory_.piece().subspan(piece_filled_));
    piece_filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (piece_filled_ < SpoolMemory::piece_bytes) continue;
    TRY(write_direct(memory_.piece()));
    piece_filled_ = 0;
  }
  return {};
}

Result<> SpoolWriter::finish() {
  ByteView rest = memory_.piece().first(std::exchange(piece_filled_, 0));
  if (rest.size() >= direct_bytes_min) {
    const std::size_t whole = rest.size() / alignment * alignment;
    TRY(write_direct(rest.first(whole)));
    rest = rest.subspan(whole);
  }
  if (mode_ == Mode::direct) TRY(set_direct(false));
  TRY(file_.write_at(written_, rest));
  written_ += rest.size();
  return {};
}

Result<> SpoolWriter::write_direct(ByteView bytes) {
  if (mode_ == Mode::untried) mode_ = set_direct(true) ? Mode::direct : Mode::cached;
  Result<> written = file_.write_at(written_, bytes);
  if (!written && written.error().code != Errc::full && mode_ == Mode::direct) {
    // Some file systems accept the flag but refuse the write.
    TRY(set_direct(false));
    mode_ = Mode::cached;
    written = file_.write_at(written_, bytes);
  }
  if (written) written_ += bytes.size();
  return written;
}

Result<> SpoolWriter::set_direct(bool direct) {
  const int flags = ::fcntl(file_.descriptor(), F_GETFL);
  if (flags < 0) return fail_errno(errno, "the flags of a spool file");
  if (::fcntl(file_.descriptor(), F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) != 0)
    return fail_errno(errno, "direct writes of a spool file");
  return {};
}

}  // namespace dmw::inbox
