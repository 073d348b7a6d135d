// ByteSource: the bytes of a file, in memory, on a disk, or in a deflated dataset.
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

  /// The number of bytes. A source that finds its end by reading returns too large a number until it has found it.
  virtual std::uint64_t size() const = 0;
  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end. Errors: those of the file, corrupted,
  /// too_large.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
  /// The first bytes that are in memory already, so that reading them costs nothing.
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
  /// `file` and `head` must outlive the source. `head`: the beginning of the file, if the caller has it in memory.
  FileSource(const File& file, std::uint64_t size, ByteView head = {}) : file_(&file), size_(size), head_(head) {}
  /// Gets the size from the operating system.
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
