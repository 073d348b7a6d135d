// File: an owned descriptor, complete reads and writes, and the calls that make them durable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace dmw {

/// Owns a file descriptor. Move only.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept;
  ~File();

  /// `flags` and `mode` as open(2); O_CLOEXEC is added.
  static Result<File> open(const std::filesystem::path& path, int flags, unsigned mode = 0640);

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  Result<> write_all(ByteView bytes);
  /// Writes all bytes at `offset`, independent of the position of write_all().
  Result<> write_at(std::uint64_t offset, ByteView bytes);
  /// Reads up to `into.size()` bytes from `offset`; fewer only at the end of the file.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const;
  Result<std::uint64_t> size() const;
  /// fsync(2). Do not repeat a failed one: the kernel has dropped the pages, so a success would mean nothing.
  Result<> sync();

 private:
  int descriptor_ = -1;
};

/// Makes the names inside a directory durable.
Result<> sync_directory(const std::filesystem::path& directory);
/// Makes the whole file system of `path` durable.
Result<> sync_file_system(const std::filesystem::path& path);
/// rename(2) within one file system; replaces an existing file. Durable only after a sync of the directory.
Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);
/// Creates the directory and its parents, mode 0750.
Result<> make_directories(const std::filesystem::path& directory);
Result<std::string> read_text(const std::filesystem::path& path, std::size_t limit_bytes);
/// Free bytes for new files of this user on the file system of `path`; 0 if it has no free inodes.
Result<std::uint64_t> free_bytes(const std::filesystem::path& path);

}  // namespace dmw
