// CopiedFolder: a folder that is filled with copies and has its name only when it is whole, with the digest of each
// file in SHA256SUMS (as `sha256sum --check` reads it).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/digest.h"
#include "base/file.h"

namespace dmw {

/// One thread. Until finish() everything lies in `<path>.unfinished`, which goes again when this is destroyed.
class CopiedFolder {
 public:
  struct File {
    std::filesystem::path name;  // below the folder
    std::uint64_t size_bytes = 0;
    Sha256Digest sha256;
  };
  using Sink = std::function<Result<>(ByteView)>;
  using Source = std::function<Result<>(const Sink&)>;
  /// Asked before a file and after each 64 MiB; its error ends the copy.
  using Room = std::function<Result<>()>;

  /// `path` is not there or empty, and its parent is there. Errors: conflict (something is there; or a copy that was
  /// ended by a kill left its `.unfinished`), those of the disk.
  static Result<CopiedFolder> begin(const std::filesystem::path& path, Room room);
  CopiedFolder(CopiedFolder&& other) noexcept;
  CopiedFolder& operator=(CopiedFolder&&) = delete;
  ~CopiedFolder();

  /// Where a file lies until finish(). Its folder is made.
  Result<std::filesystem::path> place(const std::filesystem::path& name);
  /// A new file of what `source` gives. What it gave before it failed is removed. Errors: those of `source`, of the
  /// room, and of the disk.
  Result<File> write(const std::filesystem::path& name, const Source& source);
  /// A new file with the bytes of `from`. Errors: not_found (there is no `from`), and as above.
  Result<File> copy(const std::filesystem::path& name, const std::filesystem::path& from);
  /// Of a file that somebody else wrote at its place().
  Result<File> measure(const std::filesystem::path& name);
  Result<> remove(const std::filesystem::path& name);
  /// It is whole: it gets its line in SHA256SUMS.
  Result<> list(const File& file);

  /// Makes all of it durable and gives it its name. Errors: those of the disk.
  Result<> finish();

 private:
  CopiedFolder(std::filesystem::path path, Room room);
  Result<> look_at_room(std::uint64_t bytes);

  std::filesystem::path path_;
  std::filesystem::path unfinished_;  // empty: it is finished, or moved from
  Room room_;
  std::uint64_t since_look_bytes_ = 0;
  dmw::File sums_;
};

}  // namespace dmw
