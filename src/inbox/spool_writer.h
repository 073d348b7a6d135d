// SpoolWriter: writes the bytes of a spool file to the disk. A large file bypasses the page cache: it is not read again
// here, and copying it into the cache, writing it back and dropping the pages would cost more processor time than its
// digest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/file.h"

namespace dmw::inbox {

/// The buffers of one file while it is written: its first bytes, and the piece that is not written yet. Buffers of up
/// to 32 finished files are reused, because allocating them costs more than filling them. Move only.
class SpoolMemory {
 public:
  static constexpr std::size_t head_bytes = 64U << 10U;
  /// Suitable for direct writes: aligned, and a multiple of every block size.
  static constexpr std::size_t piece_bytes = 256U << 10U;

  SpoolMemory();
  SpoolMemory(SpoolMemory&& other) noexcept = default;
  SpoolMemory& operator=(SpoolMemory&& other) noexcept;
  ~SpoolMemory();

  std::span<std::byte> piece() const { return {memory_.get(), piece_bytes}; }
  std::span<std::byte> head() const { return {memory_.get() + piece_bytes, head_bytes}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  using Memory = std::unique_ptr<std::byte[], Free>;

  class Spare;
  static Spare& spare();

  Memory memory_;
};

/// One thread. Errors: full, internal; the file is then unusable.
class SpoolWriter {
 public:
  explicit SpoolWriter(File file) : file_(std::move(file)) {}

  Result<> append(ByteView bytes);
  /// Writes the rest. Nothing may be appended afterwards.
  Result<> finish();

  /// The first bytes, at most 64 KiB.
  ByteView head() const { return memory_.head().first(head_filled_); }
  bool head_is_full() const { return head_filled_ == SpoolMemory::head_bytes; }
  /// Has all bytes after finish().
  File& file() { return file_; }
  const File& file() const { return file_; }

 private:
  enum class Mode { untried, direct, cached };

  Result<> write_direct(ByteView bytes);
  /// Errors: internal (for example a file system without direct writes).
  Result<> set_direct(bool direct);

  File file_;
  SpoolMemory memory_;
  std::size_t head_filled_ = 0;
  std::size_t piece_filled_ = 0;
  std::uint64_t written_ = 0;
  Mode mode_ = Mode::untried;
};

}  // namespace dmw::inbox
