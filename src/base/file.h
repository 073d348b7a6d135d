// Files of the operating system: an owned descriptor, whole reads and writes, and what makes them durable.
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
  /// All of them from `offset` on, wherever write_all stands.
  Result<> write_at(std::uint64_t offset, ByteView bytes);
  /// Up to `into.size()` bytes from `offset`; fewer only at the end of the file.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const;
  Result<std::uint64_t> size() const;
  /// fsync(2). A failed one is never repeated as if it could succeed: the kernel has dropped the pages.
  Result<> sync();

 private:
  int descriptor_ = -1;
};

/// Makes the names inside a directory durable.
Result<> sync_directory(const std::filesystem::path& directory);
/// Makes everything of the file system that holds `path` durable.
Result<> sync_file_system(const std::filesystem::path& path);
/// rename(2) within one file system; replaces what is there. Not durable before a sync of the directory.
Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);
/// Creates the directory and its parents, mode 0750.
Result<> make_directories(const std::filesystem::path& directory);
Result<std::string> read_text(const std::filesystem::path& path, std::size_t limit_bytes);
/// What new files of this user can hold on the file system of `path`: nothing when its inodes are gone.
Result<std::uint64_t> free_bytes(const std::filesystem::path& path);

}  // namespace dmw
