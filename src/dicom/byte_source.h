// ByteSource: where the bytes of a file are, in memory, on a disk, or inside a deflated dataset.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace dmw::dicom {

/// One reader at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Bytes in all. A source that finds its end by reading tells a number that is too large until it has met it.
  virtual std::uint64_t size() const = 0;
  /// Up to `into.size()` bytes from `offset`; fewer only at the end. Errors: those of the file, corrupted, too_large.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
  /// The first bytes, as far as they are in memory already: reading these costs nothing.
  virtual ByteView head() const { return {}; }
};

class MemorySource final : public ByteSource {
 public:
  /// `bytes` must outlive the source.
  explicit MemorySource(ByteView bytes) : bytes_(bytes) {}

  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  ByteView head() const override { return bytes_; }

 private:
  ByteView bytes_;
};

class FileSource final : public ByteSource {
 public:
  /// `file` and `head` must outlive the source; `head` is what the caller still has of the file's beginning.
  FileSource(const File& file, std::uint64_t size, ByteView head = {}) : file_(&file), size_(size), head_(head) {}
  /// Asks the system for the size.
  static Result<FileSource> of(const File& file, ByteView head = {});

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  ByteView head() const override { return head_; }

 private:
  const File* file_;
  std::uint64_t size_;
  ByteView head_;
};

}  // namespace dmw::dicom
