// CopiedFolder: a new folder of copied files. It gets its name when it is complete. SHA256SUMS has the digest of each
// file, in the format of `sha256sum --check`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/digest.h"
#include "base/file.h"

namespace dmw {

/// One thread. Until finish() all files are in `<path>.unfinished`, which the destructor removes.
class CopiedFolder {
 public:
  struct File {
    std::filesystem::path name;  // below the folder
    std::uint64_t size_bytes = 0;
    Sha256Digest sha256;
  };
  using Sink = std::function<Result<>(ByteView)>;
  using Source = std::function<Result<>(const Sink&)>;
  /// Called before each file and after each 64 MiB; its error ends the copy.
  using Room = std::function<Result<>()>;

  /// Begins a folder. `path` must be missing or empty, and its parent must exist. Errors: conflict (it is not empty, or
  /// a killed copy left its `.unfinished`), those of the disk.
  static Result<CopiedFolder> begin(const std::filesystem::path& path, Room room);
  CopiedFolder(CopiedFolder&& other) noexcept;
  CopiedFolder& operator=(CopiedFolder&&) = delete;
  ~CopiedFolder();

  /// The place of a file until finish(). Creates its folder.
  Result<std::filesystem::path> place(const std::filesystem::path& name);
  /// Writes a new file with the bytes from `source`. If `source` fails, the file is removed. Errors: those of `source`,
  /// of the check of free space, and of the disk.
  Result<File> write(const std::filesystem::path& name, const Source& source);
  /// Copies the file `from`. Errors: not_found (no such file), and as above.
  Result<File> copy(const std::filesystem::path& name, const std::filesystem::path& from);
  /// The digest of a file that another program wrote at its place().
  Result<File> measure(const std::filesystem::path& name);
  Result<> remove(const std::filesystem::path& name);
  /// Adds a complete file to SHA256SUMS.
  Result<> list(const File& file);

  /// Makes the folder durable and gives it its name. Errors: those of the disk.
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
